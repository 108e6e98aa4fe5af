import type { Admin, Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';

/** Where a consumer group stands in one partition, and what is there. */
export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  /** The next record the group reads. `undefined`: nothing is committed, so it begins with what is there. */
  readonly committed: bigint | undefined;
  /** The first record that is there. */
  readonly low: bigint;
  /** Behind the last one. */
  readonly high: bigint;
  /** The first record whose timestamp is at or after `since`; `high` when there is none. */
  readonly firstSince: bigint;
}

export interface GroupPositions {
  /** Nobody but its members can move the offsets of a group that has some. */
  readonly hasMembers: boolean;
  readonly partitions: readonly PartitionPosition[];
}

export interface GroupPositionsQuestion {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/**
 * Asks the brokers where the group would go on reading.
 * @throws {DependencyUnavailableError} when they do not say.
 */
export async function readGroupPositions(
  kafka: Pick<Kafka, 'admin'>,
  { groupId, topics, since }: GroupPositionsQuestion,
): Promise<GroupPositions> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { groups } = await admin.describeGroups([groupId]);
    // Before the ends of the partitions: a group at work moves on meanwhile, and would seem to stand behind them.
    const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
    const partitions: PartitionPosition[] = [];
    for (const topic of topics) {
      const ofTopic = committed.find((found) => found.topic === topic)?.partitions ?? [];
      const offsets = new Map(ofTopic.map(({ partition, offset }) => [partition, BigInt(offset)]));
      partitions.push(...(await readPartitions(admin, { topic, since, offsets })));
    }
    return { hasMembers: groups.some(({ members }) => members.length > 0), partitions };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DependencyUnavailableError(`Kafka does not say where the group "${groupId}" stands: ${reason}`, {
      cause,
    });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

async function readPartitions(
  admin: Admin,
  { topic, since, offsets }: { topic: string; since: number; offsets: ReadonlyMap<number, bigint> },
): Promise<PartitionPosition[]> {
  const first = await admin.fetchTopicOffsetsByTimestamp(topic, since);
  const firstSince = new Map(first.map(({ partition, offset }) => [partition, BigInt(offset)]));
  const ends = await admin.fetchTopicOffsets(topic);
  return ends.map(({ partition, low, high }) => {
    const committed = offsets.get(partition);
    return {
      topic,
      partition,
      // Negative: none, or one of kafkajs's marks for "from the beginning".
      committed: committed !== undefined && committed >= 0n ? committed : undefined,
      low: BigInt(low),
      high: BigInt(high),
      firstSince: firstSince.get(partition) ?? BigInt(low),
    };
  });
}

/**
 * Has the group begin a topic's partitions anew, where they begin by now.
 * @throws when it has members: nobody else moves their offsets.
 */
export async function moveToBeginning(
  kafka: Pick<Kafka, 'admin'>,
  groupId: string,
  partitions: readonly PartitionPosition[],
): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    for (const topic of new Set(partitions.map((position) => position.topic))) {
      const moved = partitions.filter((position) => position.topic === topic);
      const offsets = moved.map(({ partition, low }) => ({ partition, offset: String(low) }));
      await admin.setOffsets({ groupId, topic, partitions: offsets });
    }
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
