import kafkajs, { type ConsumerConfig, type ConsumerRunConfig, type EachBatchPayload } from 'kafkajs';
import { pino } from 'pino';
import { KafkaRecordSource, type KafkaRecordSourceDeps } from '../../../kafka/kafka-record-source.ts';
import type { BatchHandler, OffsetOutOfRange } from '../../../kafka/record-source.ts';
import { waitUntil } from '../../../dev/wait-until.ts';

const ASSIGNMENT = { requests: [0, 1] };
const FIRST_JOIN = { memberId: 'm', generationId: 7, memberAssignment: ASSIGNMENT };
const EVENTS = {
  ...{ GROUP_JOIN: 'join', REBALANCING: 'rebalancing', FETCH: 'fetch', CRASH: 'crash' },
  OFFSET_OUT_OF_RANGE: 'out of range',
};

/** A consumer that does what the test says; it joins as soon as it runs. */
function fakeConsumer(config: ConsumerConfig) {
  const listeners = new Map<string, (event: { payload: unknown }) => void>();
  const steps: string[] = [];
  let run: ConsumerRunConfig = {};
  const emit = (event: string, payload: unknown = {}) => listeners.get(event)?.({ payload });
  return {
    config,
    steps,
    emit,
    run: () => run,
    consumer: {
      events: EVENTS,
      on: (event: string, listener: (event: { payload: unknown }) => void) => listeners.set(event, listener),
      connect: async () => {},
      subscribe: async (subscription: unknown) => void steps.push(`subscribe ${JSON.stringify(subscription)}`),
      run: async (given: ConsumerRunConfig) => {
        run = given;
        emit(EVENTS.GROUP_JOIN, FIRST_JOIN);
        emit(EVENTS.FETCH);
      },
      pause: () => steps.push('pause'),
      resume: () => steps.push('resume'),
      disconnect: async () => void steps.push('disconnect'),
    },
  };
}

async function setup(
  handler: BatchHandler = async () => {},
  timing: KafkaRecordSourceDeps['timing'] = {},
  onOffsetReset: (reset: OffsetOutOfRange) => void = () => {},
) {
  const consumers: ReturnType<typeof fakeConsumer>[] = [];
  const kafka = {
    consumer: (config: ConsumerConfig) => {
      const fake = fakeConsumer(config);
      consumers.push(fake);
      return fake.consumer;
    },
  } as unknown as KafkaRecordSourceDeps['kafka'];
  const source = new KafkaRecordSource({
    ...{ kafka, groupId: 'g', topics: ['requests'], logger: pino({ level: 'silent' }) },
    timing: { firstReopenDelayMs: 1, ...timing },
    onOffsetReset,
  });
  await source.start({ records: handler, unreadable: async () => true });
  return { source, consumers };
}

function aPayload(overrides: Partial<EachBatchPayload> = {}) {
  const resolved: string[] = [];
  const message = {
    offset: '5',
    timestamp: '1',
    key: null,
    value: null,
    attributes: 0,
    headers: {},
    headerPairs: [['h', Buffer.from('1')]],
  };
  const payload = {
    batch: { topic: 'requests', partition: 0, messages: [message], offsetLag: () => '3' },
    resolveOffset: (offset: string) => resolved.push(offset),
    heartbeat: async () => {},
    commitOffsetsIfNecessary: async () => {},
    isStale: () => false,
    ...overrides,
  } as unknown as EachBatchPayload;
  return { payload, resolved };
}

it('reads from the beginning, resolves nothing on its own and leaves restarting to us', async () => {
  const { consumers } = await setup();
  const { config, steps, run } = consumers[0]!;
  expect(steps).toContain('subscribe {"topics":["requests"],"fromBeginning":true}');
  expect(run()).toMatchObject({ eachBatchAutoResolve: false, autoCommit: true });
  expect(await config.retry?.restartOnFailure?.(new Error('any'))).toBe(false);
});

it('hands records over without types of the client library', async () => {
  const seen: unknown[] = [];
  const { consumers } = await setup(async ({ records, lag }) => void seen.push(...records, lag));
  await consumers[0]!.run().eachBatch!(aPayload().payload);
  const record = { topic: 'requests', partition: 0, offset: '5', timestamp: '1', key: null, value: null };
  expect(seen).toEqual([{ ...record, headers: [['h', Buffer.from('1')]] }, 3]);
});

it.each([new TypeError('t'), new RangeError('r'), new SyntaxError('s'), new Error('e')])(
  'an error that would stop the library for ever (%s) leaves a batch only as "again"',
  async (error) => {
    const { consumers } = await setup(() => {
      throw error;
    });
    const handled = consumers[0]!.run().eachBatch!(aPayload().payload);
    await expect(handled).rejects.toMatchObject({ name: 'KafkaJSError', retriable: true });
  },
);

it('a rebalance gets out as it is, and nothing is resolved after it', async () => {
  const rebalance = new kafkajs.KafkaJSError('REBALANCE_IN_PROGRESS');
  const { consumers } = await setup(async (batch) => {
    batch.resolve('4');
    await batch.heartbeat().finally(() => {
      expect(batch.signal.aborted).toBe(true);
      batch.resolve('5');
    });
  });
  const { payload, resolved } = aPayload({ heartbeat: () => Promise.reject(rebalance) });
  await expect(consumers[0]!.run().eachBatch!(payload)).rejects.toBe(rebalance);
  expect(resolved).toEqual(['4']);
});

it.each([
  ['its partition is another member’s', { memberAssignment: { requests: [1] } }],
  ['nothing is this member’s', { memberAssignment: {} }],
  ['the group had thrown the member out', { memberId: 'another' }],
  ['the member has missed a generation', { generationId: 9 }],
])(
  'a batch under way is left, and resolves nothing more, when the group is joined again and %s',
  async (_why, change) => {
    const { consumers } = await setup(async (batch) => {
      batch.resolve('4');
      consumers[0]!.emit(EVENTS.GROUP_JOIN, { ...FIRST_JOIN, generationId: 8, ...change });
      expect(batch.signal.aborted).toBe(true);
      batch.resolve('5');
    });
    const { payload, resolved } = aPayload();
    await consumers[0]!.run().eachBatch!(payload);
    expect(resolved).toEqual(['4']);
  },
);

it('a batch under way goes on over joins that leave its partition here: stale metadata of one broker makes one after the other', async () => {
  const { consumers } = await setup(async (batch) => {
    for (const generationId of [8, 8, 9]) {
      consumers[0]!.emit(EVENTS.GROUP_JOIN, { ...FIRST_JOIN, generationId, memberAssignment: { requests: [0] } });
    }
    expect(batch.signal.aborted).toBe(false);
    batch.resolve('5');
  });
  const { payload, resolved } = aPayload();
  await consumers[0]!.run().eachBatch!(payload);
  expect(resolved).toEqual(['5']);
});

it('a batch that was fetched before its partition went to another member is not begun', async () => {
  let begun = 0;
  const { consumers } = await setup(async () => void (begun += 1));
  consumers[0]!.emit(EVENTS.GROUP_JOIN, { memberAssignment: { requests: [1] } });
  await consumers[0]!.run().eachBatch!(aPayload().payload);
  consumers[0]!.emit(EVENTS.GROUP_JOIN, { memberAssignment: {} });
  await consumers[0]!.run().eachBatch!(aPayload().payload);
  expect(begun).toBe(0);
  consumers[0]!.emit(EVENTS.GROUP_JOIN, { memberAssignment: ASSIGNMENT });
  await consumers[0]!.run().eachBatch!(aPayload().payload);
  expect(begun).toBe(1);
});

it('a consumer that the library gave up on is replaced, and what was paused stays paused', async () => {
  const { source, consumers } = await setup();
  source.pause();
  expect(consumers[0]!.steps.at(-1)).toBe('pause');
  consumers[0]!.emit(EVENTS.CRASH, { error: new Error('gave up'), restart: false });
  expect(source.status().notReadyBecause).toContain('not joined');
  await waitUntil('another consumer', () => consumers.length === 2 && source.status().notReadyBecause === undefined);
  expect(consumers[1]!.steps.at(-1)).toBe('pause');
  source.resume();
  expect(consumers[1]!.steps.at(-1)).toBe('resume');
  await source.stop();
});

it('a partition that comes back by a rebalance is paused by what holds then', async () => {
  const { source, consumers } = await setup();
  source.pause();
  consumers[0]!.emit(EVENTS.REBALANCING);
  source.resume();
  expect(consumers[0]!.steps.at(-1)).toBe('pause');
  consumers[0]!.emit(EVENTS.GROUP_JOIN, { memberAssignment: ASSIGNMENT });
  expect(consumers[0]!.steps.at(-1)).toBe('resume');
});

it('a source that fetches nothing for too long fails, so that the process ends', async () => {
  const { source } = await setup(undefined, { giveUpAfterMs: 40 });
  await expect(source.failed).rejects.toThrow('Nothing could be fetched');
});

it('stopping ends the batches under way, lets them resolve, and takes no more', async () => {
  let begun = 0;
  const { source, consumers } = await setup(async (batch) => {
    begun += 1;
    await new Promise((resolve) => {
      batch.signal.addEventListener('abort', resolve);
    });
    batch.resolve('5');
  });
  const { payload, resolved } = aPayload();
  const handled = consumers[0]!.run().eachBatch!(payload);
  await source.stop();
  await handled;
  expect(resolved).toEqual(['5']);
  await consumers[0]!.run().eachBatch!(aPayload().payload);
  expect(begun).toBe(1);
});

it('a stop while the consumer opens reaches it', async () => {
  const connecting = new AbortController();
  const fake = fakeConsumer({ groupId: 'g' });
  fake.consumer.connect = () =>
    new Promise((resolve) => {
      connecting.signal.addEventListener('abort', () => {
        resolve();
      });
    });
  const kafka = { consumer: () => fake.consumer } as unknown as KafkaRecordSourceDeps['kafka'];
  const source = new KafkaRecordSource({
    kafka,
    groupId: 'g',
    topics: ['requests'],
    logger: pino({ level: 'silent' }),
  });
  const started = source.start({ records: async () => {}, unreadable: async () => true });
  await source.stop();
  connecting.abort();
  await expect(started).rejects.toThrow();
  expect(fake.steps).toEqual(['disconnect', 'disconnect']);
});

it('records that were deleted before they were read are an incident, and a position behind the end ends the source', async () => {
  const resets: OffsetOutOfRange[] = [];
  const { source, consumers } = await setup(undefined, undefined, (reset) => resets.push(reset));
  const gone = { topic: 'requests', partition: 0, position: '9', logStart: '10', logEnd: '20' };
  consumers[0]!.emit(EVENTS.OFFSET_OUT_OF_RANGE, gone);
  // Another look found it in the log after all.
  consumers[0]!.emit(EVENTS.OFFSET_OUT_OF_RANGE, { ...gone, position: '10' });
  expect(resets).toEqual([gone]);
  consumers[0]!.emit(EVENTS.OFFSET_OUT_OF_RANGE, { ...gone, position: '21' });
  await expect(source.failed).rejects.toThrow("position 21 in requests/0 is behind the log's end 20");
});
