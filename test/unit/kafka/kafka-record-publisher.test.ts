import type { Message, ProducerBatch, ProducerConfig, RecordMetadata } from 'kafkajs';
import { pino } from 'pino';
import { createKafkaRecordPublisher, type KafkaRecordPublisherDeps } from '../../../kafka/kafka-record-publisher.ts';
import type { OutgoingRecord } from '../../../contracts/record.ts';
import { DependencyUnavailableError } from '../../../lifecycle/errors.ts';
import { waitUntil } from '../../../dev/wait-until.ts';

const PARTITIONS = [0, 1, 2].map((partitionId) => ({
  partitionId,
  leader: 1,
  partitionErrorCode: 0,
  replicas: [],
  isr: [],
}));
const aRecord = (key: string | null, overrides: Partial<OutgoingRecord> = {}): OutgoingRecord => ({
  topic: 'results',
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from('v'),
  headers: [],
  ...overrides,
});
const protocolError = (type: string) => Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type });

interface Sent {
  readonly topic: string;
  readonly messages: readonly Message[];
  readonly answer: (answer?: RecordMetadata[]) => void;
  readonly fail: (error: Error) => void;
}

/** A broker with three partitions that answers when the test says so, or by `reply`. */
function setup(
  options: {
    reply?: (sent: Sent) => void;
    connect?: () => Promise<void>;
    disconnect?: () => Promise<void>;
  } & Partial<KafkaRecordPublisherDeps> = {},
) {
  const sends: Sent[] = [];
  const configs: ProducerConfig[] = [];
  const log: Record<number, Message[]> = { 0: [], 1: [], 2: [] };
  const producer = (config: ProducerConfig) => {
    configs.push(config);
    const choose = config.createPartitioner!();
    return {
      connect: options.connect ?? (async () => {}),
      disconnect: options.disconnect ?? (async () => {}),
      sendBatch: ({ topicMessages }: ProducerBatch) =>
        new Promise<RecordMetadata[]>((resolve, reject) => {
          const { topic, messages } = topicMessages![0]!;
          const write = () => {
            const first = new Map<number, number>();
            for (const message of messages) {
              const partition = choose({ topic, message, partitionMetadata: PARTITIONS });
              if (!first.has(partition)) first.set(partition, log[partition]!.length);
              log[partition]!.push(message);
            }
            return [...first].map(([partition, offset]) => ({
              ...{ topicName: topic, partition, errorCode: 0, baseOffset: String(offset) },
            }));
          };
          const sent: Sent = {
            topic,
            messages,
            fail: reject,
            answer: (answer) => {
              const written = write();
              resolve(answer ?? written);
            },
          };
          sends.push(sent);
          options.reply?.(sent);
        }),
    };
  };
  const { reply: _reply, connect: _connect, disconnect: _disconnect, ...deps } = options;
  const kafka = { producer } as unknown as KafkaRecordPublisherDeps['kafka'];
  const created = createKafkaRecordPublisher({ kafka, logger: pino({ level: 'silent' }), ...deps });
  return { created, sends, log, configs };
}
const answerAll = (sent: Sent) => {
  sent.answer();
};
const keysOf = (sent: Sent | undefined) => sent?.messages.map(({ key }) => String(key));

it('neither invents topics nor uses the idempotence that loses records', async () => {
  const { created, configs } = setup();
  await created;
  expect(configs[0]).toMatchObject({ allowAutoTopicCreation: false, idempotent: false });
});

it('a Kafka that does not answer at start is a missing dependency', async () => {
  await expect(setup({ connect: () => Promise.reject(new Error('refused')) }).created).rejects.toThrow(
    DependencyUnavailableError,
  );
});

it('has one request under way, and everything that waits meanwhile in the next one', async () => {
  const { created, sends } = setup();
  const publisher = await created;
  const first = publisher.publish(aRecord('a'));
  await waitUntil('the first send', () => sends.length === 1);
  const others = ['b', 'c', 'd'].map((key) => publisher.publish(aRecord(key)));
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(sends).toHaveLength(1);
  sends[0]!.answer();
  await first;
  await waitUntil('the second send', () => sends.length === 2);
  expect(keysOf(sends[1])).toEqual(['b', 'c', 'd']);
  sends[1]!.answer();
  await Promise.all(others);
});

it('what comes shortly after a request goes together in the next one', async () => {
  // Stopped, so that a busy machine cannot make the time after the first request long.
  const { created, sends } = setup({ reply: answerAll, now: () => 0 });
  const publisher = await created;
  await publisher.publish(aRecord('a'));
  const others = [];
  for (const key of ['b', 'c', 'd']) {
    others.push(publisher.publish(aRecord(key)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(others);
  expect(sends.map(keysOf)).toEqual([['a'], ['b', 'c', 'd']]);
});

it('a clock that is set back holds nothing up', async () => {
  let now = 3_600_000;
  const { created, sends } = setup({ reply: answerAll, now: () => now });
  const publisher = await created;
  await publisher.publish(aRecord('a'));
  now = 0;
  await publisher.publish(aRecord('b'));
  expect(sends.map(keysOf)).toEqual([['a'], ['b']]);
});

it('tells each record its own place', async () => {
  const { created, log } = setup({ reply: answerAll });
  const publisher = await created;
  const keys = Array.from({ length: 60 }, (_, index) => `key-${String(index % 20)}/${String(index)}`);
  const places = await Promise.all(keys.map((key) => publisher.publish(aRecord(key))));
  places.forEach(({ partition, offset }, index) => {
    expect(String(log[partition]![Number(offset)]!.key)).toBe(keys[index]);
  });
  expect(new Set(places.map(({ partition }) => partition)).size).toBe(3);
});

it('puts a key where the Java client puts it', async () => {
  const { created } = setup({ reply: answerAll });
  // murmur2 of Kafka's own UtilsTest: "foobar" → -790332482; & 0x7fffffff, % 3
  expect(await (await created).publish(aRecord('foobar'))).toMatchObject({ partition: (-790332482 & 0x7fffffff) % 3 });
});

it('a record that is too large fails alone', async () => {
  const poison = (sent: Sent) => keysOf(sent)!.includes('poison');
  const { created } = setup({
    reply: (sent) => {
      if (poison(sent)) sent.fail(protocolError('MESSAGE_TOO_LARGE'));
      else sent.answer();
    },
  });
  const publisher = await created;
  const keys = ['a', 'b', 'poison', 'c', 'd', 'e'];
  const results = await Promise.allSettled(keys.map((key) => publisher.publish(aRecord(key))));
  expect(results.map(({ status }) => status)).toEqual(keys.map((key) => (key === 'poison' ? 'rejected' : 'fulfilled')));
  expect(results[2]).toMatchObject({ reason: { permanent: true } });
});

it('what no topic takes is refused before it is sent', async () => {
  const { created, sends } = setup();
  const refused = (await created).publish(aRecord('a', { value: Buffer.alloc(25 * 1024 * 1024) }));
  await expect(refused).rejects.toMatchObject({ permanent: true });
  expect(sends).toEqual([]);
});

it('an outage rejects who waits for it, for now, and a new producer follows', async () => {
  const failures = [protocolError('LEADER_NOT_AVAILABLE')];
  const { created, configs } = setup({
    reply: (sent) => {
      const failure = failures.shift();
      if (failure) sent.fail(failure);
      else sent.answer();
    },
  });
  const publisher = await created;
  await expect(publisher.publish(aRecord('a'))).rejects.toMatchObject({ permanent: false });
  await publisher.publish(aRecord('a'));
  expect(configs).toHaveLength(2);
});

it('a request that never ends does not hold the next one up', async () => {
  const { created, configs } = setup({
    attemptTimeoutMs: 30,
    reply: (sent) => {
      if (keysOf(sent)!.includes('b')) sent.answer();
    },
  });
  const publisher = await created;
  await expect(publisher.publish(aRecord('a'))).rejects.toMatchObject({ permanent: false });
  await publisher.publish(aRecord('b'));
  expect(configs).toHaveLength(2);
});

/** A publisher whose producer was replaced while its request was under way. */
async function withDiscarded() {
  const steps: string[] = [];
  const { created, sends, log } = setup({
    attemptTimeoutMs: 30,
    disconnect: async () => void steps.push('disconnected'),
  });
  const published = (await created).publish(aRecord('a'));
  await expect(published).rejects.toMatchObject({ permanent: false });
  await waitUntil('the disconnect', () => steps.length === 1);
  return { sent: sends[0]!, log, steps };
}

it('a discarded producer that connects again to repeat its request is closed after it', async () => {
  const { sent, steps } = await withDiscarded();
  sent.fail(new Error('Request Produce timed out'));
  await waitUntil('another disconnect', () => steps.length === 2);
});

it('a discarded producer does not write again what its callers have repeated', async () => {
  const { sent, log } = await withDiscarded();
  // The library asks for the partitions before it sends.
  expect(() => {
    sent.answer();
  }).toThrow('discarded');
  expect(Object.values(log).flat()).toEqual([]);
});

it('a record does not wait longer for its turn than an attempt may take', async () => {
  const clock = { now: 0 };
  const { created, sends } = setup({ now: () => clock.now });
  const publisher = await created;
  const first = publisher.publish(aRecord('a'));
  await waitUntil('the first send', () => sends.length === 1);
  const late = publisher.publish(aRecord('b'));
  clock.now = 10_000;
  sends[0]!.answer();
  await first;
  await expect(late).rejects.toMatchObject({ permanent: false });
  expect(sends).toHaveLength(1);
});

it('a record that no broker acknowledged is not published, whatever the library says', async () => {
  const { created } = setup({
    reply: (sent) => {
      sent.answer([]);
    },
  });
  await expect((await created).publish(aRecord('a'))).rejects.toThrow('No broker has acknowledged');
});

it('an offset that was acknowledged before is no acknowledgement, and a new producer follows', async () => {
  const answers = ['5', '5', '5'];
  const { created, configs } = setup({
    reply: (sent) => {
      sent.answer([{ topicName: 'results', partition: 0, errorCode: 0, baseOffset: answers.shift()! }]);
    },
  });
  const publisher = await created;
  const record = aRecord('foobar');
  expect(await publisher.publish(record)).toMatchObject({ offset: '5' });
  await expect(publisher.publish(record)).rejects.toMatchObject({ permanent: false });
  // A topic that was created again begins anew, and so does the producer.
  expect(await publisher.publish(record)).toMatchObject({ offset: '5' });
  expect(configs).toHaveLength(2);
});

it('records for another topic fly apart, and so do more bytes than a broker takes at once', async () => {
  const { created, sends } = setup({ reply: answerAll });
  const publisher = await created;
  const large = { value: Buffer.alloc(500_000) };
  await Promise.all([
    publisher.publish(aRecord('a', large)),
    publisher.publish(aRecord('b', { topic: 'dead-letters' })),
    publisher.publish(aRecord('c', large)),
    publisher.publish(aRecord('d')),
  ]);
  expect(sends.map((sent) => [sent.topic, keysOf(sent)])).toEqual([
    ['results', ['a']],
    ['dead-letters', ['b']],
    ['results', ['c', 'd']],
  ]);
});

it('a record without a key does not wander between partitions when the library asks again', async () => {
  const chosen: number[] = [];
  const { created, configs } = setup({ reply: answerAll });
  await created;
  const choose = configs[0]!.createPartitioner!();
  const message = { key: null, value: 'v' };
  for (let i = 0; i < 5; i += 1) chosen.push(choose({ topic: 'results', message, partitionMetadata: PARTITIONS }));
  expect(new Set(chosen).size).toBe(1);
});

it('closing waits for what is under way', async () => {
  const steps: string[] = [];
  const { created, sends } = setup({ disconnect: async () => void steps.push('disconnected') });
  const publisher = await created;
  const published = publisher.publish(aRecord('a')).then(() => steps.push('published'));
  const closed = publisher.close();
  await expect(publisher.publish(aRecord('b'))).rejects.toThrow('closed');
  await waitUntil('the send', () => sends.length === 1);
  sends[0]!.answer();
  await Promise.all([closed, published]);
  expect(steps).toEqual(['published', 'disconnected']);
});
