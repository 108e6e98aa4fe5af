import type { CommitSample, Evidence, SentRecord } from './evidence.ts';
import { deadPlace, placeOf, workflowOf } from './records.ts';
import { problemOf, type Finding } from './verdict.ts';

type Offsets = Pick<Evidence, 'sent' | 'deadLetters' | 'runs' | 'commits' | 'partitions'>;

/** No offset was ever committed above a record that was not durable yet, and at the end none is left uncommitted. */
export function checkOffsets(evidence: Offsets): Finding {
  const durableAt = durability(evidence);
  const early = evidence.commits.flatMap((sample) => committedEarly(sample, { sent: evidence.sent, durableAt }));
  const behind = evidence.partitions
    .filter(({ end, committed }) => BigInt(end) > 0n && committed !== end)
    .map(({ partition, end, committed }) => `partition ${String(partition)} at ${committed} of ${end}`);
  return {
    count: early.length + behind.length,
    problems: [
      ...problemOf('committed before it was durable', [...new Set(early)]),
      ...problemOf('not committed to the end', behind),
    ],
  };
}

function committedEarly(
  { at, offsets }: CommitSample,
  { sent, durableAt }: { sent: readonly SentRecord[]; durableAt: (record: SentRecord) => number },
): string[] {
  return sent
    .filter(({ source }) => BigInt(source.offset) < (offsets.get(source.partition) ?? 0n))
    .filter((record) => durableAt(record) > at)
    .map(placeOf);
}

/** When a record's workflow, or its dead letter, was there; `Infinity`: never. */
function durability({ deadLetters, runs }: Offsets): (record: SentRecord) => number {
  const earliest = new Map<string, number>();
  const note = (key: string, at: number) => earliest.set(key, Math.min(at, earliest.get(key) ?? Infinity));
  for (const { workflowId, startedAt } of runs) note(workflowId, startedAt);
  for (const letter of deadLetters) note(deadPlace(letter), Number(letter.timestamp));
  return (record) => Math.min(earliest.get(workflowOf(record)) ?? Infinity, earliest.get(placeOf(record)) ?? Infinity);
}
