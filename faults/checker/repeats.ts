import { OMITTED_BYTES_HEADER } from '../../contracts/headers.ts';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import type { Evidence } from './evidence.ts';
import { foreignResults } from './foreign-results.ts';
import { bytesOf, contentOf, deadPlace, groupBy, placeOf, resultId } from './records.ts';
import { problemOf, type Allowances, type Finding } from './verdict.ts';

type Topics = Pick<Evidence, 'results' | 'deadLetters'>;

/**
 * Whatever is written about a message more than once has the same bytes each time, a result is its input's, and a dead letter has its
 * input's bytes.
 */
export function checkAltered({ sent, copies, ...topics }: Topics & Pick<Evidence, 'sent' | 'copies'>): Finding {
  const altered = repeated(topics)
    .filter(([, records]) => new Set(records.map(bytesOf)).size > 1)
    .map(([name]) => name);
  const foreign = foreignResults({ sent, copies, results: topics.results });
  const contents = new Map(sent.map((record) => [placeOf(record), record.content]));
  const changed = topics.deadLetters
    .filter(
      (letter) => !isReduced(letter) && (contents.get(deadPlace(letter)) ?? contentOf(letter)) !== contentOf(letter),
    )
    .map(deadPlace);
  return {
    count: new Set([...altered, ...foreign.keys()]).size + changed.length,
    problems: [
      ...problemOf('repeated with other bytes', altered),
      ...problemOf(
        'a result that is not its input’s',
        Array.from(foreign, ([id, what]) => `${id} (${what})`),
      ),
      ...problemOf('a dead letter with other bytes than its input', changed),
    ],
  };
}

/** Its topic does not take it whole: it says so itself. */
const isReduced = ({ headers }: ReadRecord): boolean => headers[OMITTED_BYTES_HEADER] !== undefined;

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
