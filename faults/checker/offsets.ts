import type { Evidence, SentRecord } from './evidence.ts';
import { deadPlace, groupBy, placeOf, workflowOf } from './records.ts';
import { problemOf, type Finding } from './verdict.ts';

type Offsets = Pick<Evidence, 'sent' | 'deadLetters' | 'runs' | 'commits' | 'partitions'>;

/** No offset was ever committed above a record that was not durable yet, and at the end none is left uncommitted. */
export function checkOffsets(evidence: Offsets): Finding {
  const early = earlyCommits(evidence);
  const behind = evidence.partitions
    .filter(({ end, committed }) => BigInt(end) > 0n && committed !== end)
    .map(({ partition, end, committed }) => `partition ${String(partition)} at ${committed} of ${end}`);
  return {
    count: early.length + behind.length,
    problems: [
      ...problemOf('committed before it was durable', early),
      ...problemOf('not committed to the end', behind),
    ],
  };
}

function earlyCommits(evidence: Offsets): string[] {
  const durableAt = durability(evidence);
  const partitions = groupBy(evidence.sent, ({ source }) => String(source.partition));
  return [...partitions].flatMap(([partition, records]) => {
    const log = records.toSorted(byOffset).map((record) => ({ record, at: durableAt(record) }));
    return earlyIn(log, samplesOf(evidence.commits, Number(partition)));
  });
}

/** Both in the order of time: what is committed only grows, so that each record is looked at once, by the first sample that has it. */
function earlyIn(log: readonly Logged[], samples: readonly Committed[]): string[] {
  const early: string[] = [];
  let next = 0;
  for (const { at, offset } of samples) {
    for (; BigInt(log[next]?.record.source.offset ?? offset) < offset; next += 1) {
      const logged = log[next];
      if (logged !== undefined && logged.at > at) early.push(placeOf(logged.record));
    }
  }
  return early;
}

interface Logged {
  readonly record: SentRecord;
  /** When it was durable. */
  readonly at: number;
}

interface Committed {
  readonly at: number;
  readonly offset: bigint;
}

function samplesOf(commits: Offsets['commits'], partition: number): Committed[] {
  return commits.flatMap(({ at, offsets }) => {
    const offset = offsets.get(partition);
    return offset === undefined ? [] : [{ at, offset }];
  });
}

const byOffset = (a: SentRecord, b: SentRecord): number => Number(BigInt(a.source.offset) - BigInt(b.source.offset));

/** When a record's workflow, or its dead letter, was there; `Infinity`: never. */
function durability({ deadLetters, runs }: Offsets): (record: SentRecord) => number {
  const earliest = new Map<string, number>();
  const note = (key: string, at: number) => earliest.set(key, Math.min(at, earliest.get(key) ?? Infinity));
  for (const { workflowId, startedAt } of runs) note(workflowId, startedAt);
  for (const letter of deadLetters) note(deadPlace(letter), Number(letter.timestamp));
  return (record) => Math.min(earliest.get(workflowOf(record)) ?? Infinity, earliest.get(placeOf(record)) ?? Infinity);
}
