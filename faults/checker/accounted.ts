import type { Evidence, SentRecord } from './evidence.ts';
import { deadPlace, failureTypeOf, groupBy, placeOf, resultId } from './records.ts';
import { problemOf, type Finding } from './verdict.ts';

type Topics = Pick<Evidence, 'sent' | 'results' | 'deadLetters'>;

/** Every input has ended as one of the things it may end as, and what is on the topics belongs to an input. */
export function checkAccounted(evidence: Topics): Finding {
  const ends = endsOf(evidence);
  const lost = evidence.sent.filter((record) => ends(record) === 'open').map(nameOf);
  const wrong = evidence.sent.flatMap((record) => {
    const end = ends(record);
    return end === 'open' || end === 'as expected' ? [] : [`${nameOf(record)} (${end})`];
  });
  return {
    count: lost.length + wrong.length,
    problems: [
      ...problemOf('neither a result nor a dead letter', lost),
      ...problemOf('ended otherwise than expected', wrong),
      ...problemOf('a result nobody asked for', strayResults(evidence)),
      ...problemOf('a dead letter of a record nobody sent', strayLetters(evidence)),
    ],
  };
}

/** Inputs that have not ended yet. */
export function stillOpen(evidence: Topics): readonly SentRecord[] {
  const ends = endsOf(evidence);
  return evidence.sent.filter((record) => ends(record) === 'open');
}

type End = 'open' | 'as expected' | `as ${string}`;

function endsOf({ results, deadLetters }: Topics): (record: SentRecord) => End {
  const answered = new Set(results.map(resultId));
  const letters = groupBy(deadLetters, deadPlace);
  return (record) => {
    const { expect } = record;
    const types = [...new Set((letters.get(placeOf(record)) ?? []).map(failureTypeOf))];
    const hasResult = expect.result !== undefined && answered.has(expect.result);
    if (types.length === 0) return hasResult ? 'as expected' : 'open';
    const found = types.join(' and ');
    // Also where either end is allowed. Of a record whose id was another's before, no result is expected.
    if (hasResult) return `as ${found} beside a result`;
    return found === expect.deadLetter ? 'as expected' : `as ${found}`;
  };
}

function strayResults({ sent, results }: Topics): string[] {
  const wanted = new Set(sent.map(({ expect }) => expect.result));
  return [...new Set(results.map(resultId))].filter((id) => !wanted.has(id));
}

function strayLetters({ sent, deadLetters }: Topics): string[] {
  const places = new Set(sent.map(placeOf));
  return deadLetters
    .map((letter) => `${deadPlace(letter)} ${failureTypeOf(letter)}`)
    .filter((found) => !places.has(found.split(' ')[0] ?? ''));
}

const nameOf = (record: SentRecord): string => `${record.id ?? 'record'} at ${placeOf(record)}`;
