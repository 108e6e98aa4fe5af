import type { Batch as FetchedBatch, KafkaMessage } from 'kafkajs';
// @ts-expect-error kafkajs types only what it exports.
import untypedBroker from 'kafkajs/src/broker/index.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedAssigner from 'kafkajs/src/consumer/assignerProtocol.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedBatch from 'kafkajs/src/consumer/batch.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedGroup from 'kafkajs/src/consumer/consumerGroup.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedRunner from 'kafkajs/src/consumer/runner.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedResponse from 'kafkajs/src/protocol/requests/fetch/v11/response.js';

interface PartitionData {
  readonly partition: number;
  readonly messages: readonly KafkaMessage[];
}

const response = untypedResponse as {
  decode: (answer: Buffer) => Promise<{ responses: { topicName: string; partitions: PartitionData[] }[] }>;
};
export const Batch = untypedBatch as new (topic: string, fetchedOffset: string, data: object) => FetchedBatch;
const Runner = untypedRunner as new (options: object) => {
  running: boolean;
  handleBatch(batch: FetchedBatch): Promise<void>;
  fetch(nodeId: number): Promise<FetchedBatch[]>;
};
const ConsumerGroup = untypedGroup as {
  new (options: object): {
    joinAndSync(): Promise<void>;
    uncommittedOffsets(): { topics: readonly object[] };
    heartbeat(): Promise<void>;
  };
  prototype: { fetch(this: object): Promise<FetchedBatch[]> };
};
const { MemberAssignment } = untypedAssigner as { MemberAssignment: { encode(assignment: object): Buffer } };
const Broker = untypedBroker as { prototype: { fetch(this: object, request: object): Promise<never> } };

const int16 = (value: number) => {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
};
const int32 = (value: number) => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};
const list = (entries: readonly Buffer[]) => Buffer.concat([int32(entries.length), ...entries]);
const text = (value: string) => Buffer.concat([int16(value.length), Buffer.from(value)]);

/** What the client makes of a broker's answer: its topics, with the batches of their partitions. */
export async function decodeAnswer(topics: Readonly<Record<string, readonly (readonly Buffer[])[]>>) {
  const partition = (batches: readonly Buffer[], index: number) => {
    const records = Buffer.concat(batches);
    const [noError, offsets, noAborted, noReplica] = [int16(0), Buffer.alloc(24), list([]), int32(-1)];
    return Buffer.concat([int32(index), noError, offsets, noAborted, noReplica, int32(records.length), records]);
  };
  const answers = Object.entries(topics).map(([topic, partitions]) =>
    Buffer.concat([text(topic), list(partitions.map(partition))]),
  );
  const { responses } = await response.decode(Buffer.concat([int32(0), int16(0), int32(0), list(answers)]));
  return responses;
}

function createRunner(consumerGroup: object, emit: (event: string) => void = () => undefined) {
  const logger = { namespace: () => logger };
  const instrumentationEmitter = { emit };
  const runner = new Runner({ logger, instrumentationEmitter, consumerGroup, eachBatchAutoResolve: false });
  runner.running = true;
  return runner;
}

/** The offsets that the client resolves for a batch by itself: no handler is asked. */
export async function resolvedBy(batch: FetchedBatch): Promise<string[]> {
  const resolved: string[] = [];
  const runner = createRunner({
    resolveOffset: ({ offset }: { offset: string }) => resolved.push(offset),
    commitOffsetsIfNecessary: async () => {},
    heartbeat: async () => {},
  });
  await runner.handleBatch(batch);
  return resolved;
}

/**
 * A member that is given one assignment after the other, each in a new generation.
 * @returns what it tells of its joins, and what it would commit in the last of them after a batch that is handled by itself.
 */
export async function joinedAgain(assignments: readonly Readonly<Record<string, readonly number[]>>[]) {
  const joins: unknown[] = [];
  const logger = { namespace: () => logger, info: () => undefined, debug: () => undefined };
  const assignment = () => MemberAssignment.encode({ version: 1, assignment: assignments[joins.length] });
  const joined = () => ({ generationId: joins.length + 1, leaderId: 'another', memberId: 'm', members: [] });
  const coordinator = {
    joinGroup: async () => joined(),
    syncGroup: async () => ({ memberAssignment: assignment() }),
  };
  const offsets = {};
  const group = new ConsumerGroup({
    ...{ logger, groupId: 'g', topics: ['a', 'b'], topicConfigurations: {}, assigners: [], autoCommit: true },
    instrumentationEmitter: { emit: (_event: string, payload: unknown) => joins.push(payload) },
    cluster: {
      findGroupCoordinator: async () => coordinator,
      findTopicPartitionMetadata: () => [{ partitionId: 0 }, { partitionId: 1 }],
      committedOffsets: () => offsets,
    },
  });
  for (const _assignment of assignments) await group.joinAndSync();
  group.heartbeat = async () => {};
  const committedAfter = async (batch: FetchedBatch) => {
    await createRunner(group).handleBatch(batch);
    return group.uncommittedOffsets().topics;
  };
  return { joins, committedAfter };
}

/** The events of a fetch for which nothing is assigned, and which fails where a fault is given that the client recovers from. */
export async function eventsOfFetch(fault?: Error): Promise<string[]> {
  const events: string[] = [];
  const cluster = {
    refreshMetadataIfNecessary: () => (fault === undefined ? Promise.resolve() : Promise.reject(fault)),
  };
  const group = {
    cluster,
    maxWaitTime: 1,
    checkForStaleAssignment: () => undefined,
    filterPartitionsByNode: () => [],
    seekOffsets: async () => {},
    subscriptionState: { assigned: () => [] },
    offsetManager: { committedOffsets: () => ({}) },
    getActiveTopicPartitions: () => ({}),
    recoverFromFetch: async () => {},
    heartbeat: async () => void events.push('heartbeat'),
    fetch: () => ConsumerGroup.prototype.fetch.call(group),
  };
  const batches = await createRunner(group, (event) => events.push(event)).fetch(1);
  expect(batches).toEqual([]);
  return events;
}

/** The partitions of a fetch in the order in which the broker is asked for them. */
export async function askedFor(topics: readonly object[]): Promise<number[]> {
  let asked: number[] = [];
  const lookupRequest = () => (request: { topics: { partitions: { partition: number }[] }[] }) => {
    asked = request.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition));
    throw new Error('not sent');
  };
  await Broker.prototype.fetch.call({ lookupRequest }, { topics }).catch(() => undefined);
  return asked;
}
