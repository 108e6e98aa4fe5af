import { findReplayProblems } from '../../../bridge/replay-problems.ts';
import { describeShortRetention } from '../../../bridge/short-retention.ts';
import type { PartitionPosition } from '../../../kafka/group-positions.ts';

const HOUR_MS = 3_600_000;

/** A partition with records 100 to 199, of which those before 150 are older than the retention. */
function problemOf(position: Partial<PartitionPosition>, { hasMembers = false } = {}): readonly string[] {
  const partition = { topic: 't', partition: 3, committed: 150n, low: 100n, high: 200n, firstSince: 150n, ...position };
  return findReplayProblems({ hasMembers, partitions: [partition] }, { groupId: 'g', retentionMs: 24 * HOUR_MS });
}

describe('the replay guard lets through', () => {
  test.each<[string, Partial<PartitionPosition>]>([
    ['a group whose next record is young enough to be known', {}],
    ['a group that has read everything', { committed: 200n }],
    ['a group at the end of a topic whose last record is old', { committed: 200n, firstSince: 200n }],
    ['a new group over a young topic', { committed: undefined, firstSince: 100n }],
    ['a new group over an empty topic', { committed: undefined, low: 0n, high: 0n, firstSince: 0n }],
    ['a new group over a topic whose records are all deleted', { committed: undefined, low: 200n, firstSince: 200n }],
    ['offsets moved back to what is still known', { committed: 160n }],
  ])('%s', (_, position) => {
    expect(problemOf(position)).toEqual([]);
  });

  test('a group at work, however old its next record is: nobody else can have moved its offsets', () => {
    expect(problemOf({ committed: 100n }, { hasMembers: true })).toEqual([]);
  });
});

describe('the replay guard refuses', () => {
  test.each<[string, Partial<PartitionPosition>, string[]]>([
    [
      'records that were deleted unread: with how many',
      { committed: 90n },
      ['offset 90', 'begins at 100', '10 records were deleted before they were read, and are lost'],
    ],
    [
      'an offset behind the end: the topic is another one',
      { committed: 201n },
      ['offset 201', 'ends at 200', 'cut or made anew'],
    ],
    [
      'a next record that Temporal may have forgotten: long outage or moved offsets',
      { committed: 149n },
      ['1 records from offset 149 on are older than 24 h', 'away for long', 'moved back', 'paid again'],
    ],
    [
      'a group without offsets over an old topic: new or expired',
      { committed: undefined },
      ['50 records from offset 100 on are older than 24 h', 'no offset', 'is new', 'expired', 'paid again'],
    ],
  ])('%s', (_, position, parts) => {
    const [problem, ...others] = problemOf(position);
    expect(others).toEqual([]);
    for (const part of ['t, partition 3: ', '"g"', ...parts]) expect(problem).toContain(part);
  });

  test('a gap also of a group at work', () => {
    expect(problemOf({ committed: 90n }, { hasMembers: true })).toHaveLength(1);
  });
});

describe('a namespace that forgets before the topic does', () => {
  const warning = (keptMs: number) =>
    describeShortRetention({ namespace: 'n', retentionMs: 24 * HOUR_MS, topics: new Map([['t', keptMs]]) });

  test('is named with both lengths and the command that mends it', () => {
    expect(warning(168 * HOUR_MS)).toContain('for 24 h');
    expect(warning(168 * HOUR_MS)).toContain('t (168 h)');
    expect(warning(168 * HOUR_MS)).toContain('temporal operator namespace update --namespace n --retention 168h');
    expect(warning(Infinity)).toContain('t (for ever)');
  });

  test('is not mentioned when it remembers for as long', () => {
    expect(warning(24 * HOUR_MS)).toBeUndefined();
  });
});
