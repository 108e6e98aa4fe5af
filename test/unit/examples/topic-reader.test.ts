import { EventEmitter, once } from 'node:events';
import type { Kafka } from 'kafkajs';
import { pino } from 'pino';
import { readTopic } from '../../../examples/topic-reader.ts';

type Hanging = 'connect' | 'disconnect' | 'deleteGroups';
const never = () => new Promise<never>(() => {});

/** The client library's consumer as far as the reader uses it; it says "running" once it reads. */
class FakeConsumer extends EventEmitter {
  readonly calls: string[] = [];
  readonly hangs: Hanging | undefined;
  constructor(hangs: Hanging | undefined) {
    super();
    this.hangs = hangs;
  }
  connect = () => (this.hangs === 'connect' ? never() : this.called('connect'));
  subscribe = ({ fromBeginning }: { fromBeginning: boolean }) => this.called(`subscribe ${String(fromBeginning)}`);
  run = ({ autoCommit }: { autoCommit: boolean }) => this.called(`run ${String(autoCommit)}`, 'running');
  disconnect = () => (this.hangs === 'disconnect' ? never() : this.called('disconnect'));
  private called(name: string, event = name) {
    this.calls.push(name);
    this.emit(event);
    return Promise.resolve();
  }
}

function setup(hangs?: Hanging) {
  const consumer = new FakeConsumer(hangs);
  const groups: string[] = [];
  const deleted: string[] = [];
  const kafka = {
    consumer: ({ groupId }: { groupId: string }) => {
      groups.push(groupId);
      return consumer;
    },
    admin: () => ({
      connect: () => Promise.resolve(),
      deleteGroups: (ids: string[]) => (hangs === 'deleteGroups' ? never() : Promise.resolve(deleted.push(...ids))),
      disconnect: () => Promise.resolve(),
    }),
  };
  const closing = new AbortController();
  const onQuiet = jest.fn();
  const running = once(consumer, 'running');
  const reading = readTopic({
    kafka: kafka as unknown as Kafka,
    topic: 'llm.examples',
    groupPrefix: 'group',
    eachBatch: () => Promise.resolve(),
    onQuiet,
    signal: closing.signal,
    logger: pino({ level: 'silent' }),
    closeTimeoutMs: 10,
  });
  const close = async () => {
    closing.abort();
    await reading;
  };
  return { consumer, running, groups, deleted, onQuiet, close };
}

test('it reads from the beginning, commits nothing, and leaves no group behind', async () => {
  const { consumer, running, groups, deleted, close } = setup();
  await running;
  await close();
  expect(consumer.calls).toEqual(['connect', 'subscribe true', 'run false', 'disconnect']);
  expect(groups).toEqual([expect.stringMatching(/^group-[0-9a-f-]{36}$/)]);
  expect(deleted).toEqual(groups);
});

test.each<Hanging>(['disconnect', 'deleteGroups'])('a %s that hangs does not keep it from ending', async (hangs) => {
  const { running, close } = setup(hangs);
  await running;
  await close();
});

test('it ends while it still waits for a connection', async () => {
  const { consumer, close } = setup('connect');
  await close();
  expect(consumer.calls).toEqual(['disconnect']);
});

test('it is quiet when it joined and fetches have brought nothing for ten seconds', async () => {
  const { consumer, running, onQuiet, close } = setup();
  await running;
  let now = 1_000_000;
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
  const after = (ms: number, event: string) => {
    now += ms;
    consumer.emit(event);
  };
  after(60_000, 'consumer.fetch');
  after(0, 'consumer.group_join');
  after(9_999, 'consumer.fetch');
  after(0, 'consumer.start_batch_process');
  after(9_999, 'consumer.fetch');
  expect(onQuiet).not.toHaveBeenCalled();
  after(1, 'consumer.fetch');
  expect(onQuiet).toHaveBeenCalledTimes(1);
  clock.mockRestore();
  await close();
});
