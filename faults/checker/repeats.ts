import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import type { Evidence } from './evidence.ts';
import { bytesOf, deadPlace, groupBy, resultId } from './records.ts';
import { problemOf, type Allowances, type Finding } from './verdict.ts';

type Topics = Pick<Evidence, 'results' | 'deadLetters'>;

/** Whatever is written about a message more than once has the same bytes each time. */
export function checkAltered(topics: Topics): Finding {
  const altered = repeated(topics)
    .filter(([, records]) => new Set(records.map(bytesOf)).size > 1)
    .map(([name]) => name);
  return { count: altered.length, problems: problemOf('repeated with other bytes', altered) };
}

/** Whatever is written more than once has a reason. */
export function checkDuplicates(topics: Topics, { repeatedRecords }: Allowances): Finding {
  const found = repeated(topics);
  const count = found.reduce((sum, [, records]) => sum + records.length - 1, 0);
  const names = found.map(([name, records]) => `${name} (${String(records.length)} times)`);
  return { count, problems: repeatedRecords === undefined ? problemOf('repeated without a reason', names) : [] };
}

function repeated({ results, deadLetters }: Topics): [name: string, records: ReadRecord[]][] {
  return [...groupBy(results, resultId), ...groupBy(deadLetters, deadPlace)].filter(
    ([, records]) => records.length > 1,
  );
}
