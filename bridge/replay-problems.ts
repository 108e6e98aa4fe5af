import type { GroupPositions, PartitionPosition } from '../kafka/group-positions.ts';
import { inHours } from './in-hours.ts';

export interface ReplayQuestion {
  readonly groupId: string;
  /** How long Temporal knows an ended message, in milliseconds; `firstSince` of the positions is of that long ago. */
  readonly retentionMs: number;
}

/**
 * What speaks against reading on, one sentence for each partition; none when every record that has been worked on is still
 * known as such.
 *
 * A record younger than the retention cannot have been forgotten: its workflow was started after it was written. An older one
 * may have been worked on and forgotten, or never read. Which of the two it is nobody can tell, so an operator has to.
 */
export function findReplayProblems(
  { hasMembers, partitions }: GroupPositions,
  question: ReplayQuestion,
): readonly string[] {
  return partitions.flatMap((position) => {
    const problem = outOfRange(position, question) ?? (hasMembers ? undefined : tooOld(position, question));
    return problem === undefined ? [] : [`${position.topic}, partition ${String(position.partition)}: ${problem}`];
  });
}

/** The topic was cut, or is another one. */
export function isBehindTheEnd({ committed, high }: PartitionPosition): boolean {
  return committed !== undefined && committed > high;
}

function outOfRange(position: PartitionPosition, { groupId }: ReplayQuestion): string | undefined {
  const { committed, low, high } = position;
  if (committed === undefined) return undefined;
  if (committed < low) {
    return (
      `the group "${groupId}" stands at offset ${String(committed)}, but the topic begins at ${String(low)}: ` +
      `${String(low - committed)} records were deleted before they were read, and are lost`
    );
  }
  if (isBehindTheEnd(position)) {
    return (
      `the group "${groupId}" stands at offset ${String(committed)}, but the topic ends at ${String(high)}: ` +
      'it was cut or made anew, and would be read from its beginning'
    );
  }
  return undefined;
}

/** A group at work is not asked: it has been let through, and what it has not read yet may well be old. */
function tooOld({ committed, low, firstSince }: PartitionPosition, question: ReplayQuestion): string | undefined {
  const next = committed ?? low;
  if (next >= firstSince) return undefined;
  const old = `${String(firstSince - next)} records from offset ${String(next)} on are older than ${inHours(question.retentionMs)}, after which Temporal forgets what has been worked on`;
  return committed === undefined
    ? `${old}, and the group "${question.groupId}" has no offset: it is new, or its offsets have expired and all of them would be worked on and paid again`
    : `${old}: the bridge was away for long, or the offsets of the group "${question.groupId}" were moved back and all of them would be worked on and paid again`;
}
