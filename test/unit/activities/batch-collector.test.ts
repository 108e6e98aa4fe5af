import { createBatchCollector, LeftOutError, type BatchCollectorDeps } from '../../../activities/batch-collector.ts';
import type { BatchMember } from '../../../contracts/batch.ts';
import type { BatchProvider } from '../../../providers/batch-provider.ts';
import { ProviderError } from '../../../providers/provider.ts';

/** A provider whose files and batches can be looked at. */
function aProvider(overrides: Partial<BatchProvider> = {}) {
  const files: (readonly string[])[] = [];
  const batches: string[] = [];
  const searched: string[] = [];
  const provider: BatchProvider = {
    name: 'fake',
    toLine: (customId) => customId,
    upload: async (lines) => `file-${String(files.push(lines))}`,
    create: async (inputId) => {
      batches.push(inputId);
      return `batch of ${inputId}`;
    },
    find: async (inputId) => {
      searched.push(inputId);
      return batches.includes(inputId) ? `batch of ${inputId}` : undefined;
    },
    state: () => Promise.reject(new Error('not asked for here')),
    answers: () => Promise.reject(new Error('not asked for here')),
    cancel: () => Promise.reject(new Error('not asked for here')),
    ...overrides,
  };
  return { provider, files, batches, searched };
}

const memberOf = (line: string): BatchMember => ({ workflowId: `message:${line}`, runId: line });

function setup(options: Partial<BatchCollectorDeps> & { provider: BatchProvider }) {
  const announced: [batchId: string, runIds: string[]][] = [];
  const claims: string[] = [];
  const collector = createBatchCollector({
    ...{ windowMs: 60_000, maxRequests: 3, maxBytes: 1_000 },
    announce: async (batchId, members) => void announced.push([batchId, members.map(({ runId }) => runId)]),
    ...options,
  });
  const add = (line: string, claim: (inputId: string) => boolean = () => true, refused = 0) =>
    collector.add({
      ...{ line, member: memberOf(line), refused },
      claim: async (inputId) => {
        claims.push(`${line} in ${inputId}`);
        return claim(inputId);
      },
    });
  return { collector, add, announced, claims };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('requests are gathered for the window that the first one opens, and go as one batch', async () => {
  const { provider, files, batches } = aProvider();
  const { add, announced } = setup({ provider });
  const first = add('a');
  await jest.advanceTimersByTimeAsync(59_000);
  const second = add('b');
  expect(files).toEqual([]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(await Promise.all([first.batchId, second.batchId])).toEqual(['batch of file-1', 'batch of file-1']);
  expect({ files, batches }).toEqual({ files: [['a', 'b']], batches: ['file-1'] });
  expect(announced).toEqual([['batch of file-1', ['a', 'b']]]);
});

test('a full batch goes at once, by number or by size, and the next one has a window of its own', async () => {
  const { provider, files } = aProvider();
  const { add } = setup({ provider });
  for (const line of ['a', 'b', 'c', 'd']) add(line);
  await jest.advanceTimersByTimeAsync(0);
  expect(files).toEqual([['a', 'b', 'c']]);
  const large = 'x'.repeat(999);
  add(large);
  await jest.advanceTimersByTimeAsync(0);
  expect(files).toEqual([['a', 'b', 'c'], ['d']]);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(files[2]).toEqual([large]);
});

test('every request is claimed before the batch is made', async () => {
  const { provider, batches } = aProvider();
  const { add, claims } = setup({ provider });
  let madeBefore: number | undefined;
  add('a');
  add('b', () => {
    madeBefore = batches.length;
    return true;
  });
  await jest.advanceTimersByTimeAsync(60_000);
  expect(claims).toEqual(['a in file-1', 'b in file-1']);
  expect([madeBefore, batches.length]).toEqual([0, 1]);
});

test('a request that nobody waits for is in no batch: the others go in another file', async () => {
  const { provider, files, batches } = aProvider();
  const { add, announced } = setup({ provider });
  const kept = add('kept');
  const gone = expect(add('gone', () => false).batchId).rejects.toThrow(LeftOutError);
  await jest.advanceTimersByTimeAsync(60_000);
  await gone;
  expect(await kept.batchId).toBe('batch of file-2');
  expect(files).toEqual([['kept', 'gone'], ['kept']]);
  expect(batches).toEqual(['file-2']);
  expect(announced).toEqual([['batch of file-2', ['kept']]]);
});

test('a request that leaves while it is gathered is not even uploaded', async () => {
  const { provider, files } = aProvider();
  const { add } = setup({ provider });
  const leaving = add('leaving');
  const left = expect(leaving.batchId).rejects.toThrow(LeftOutError);
  add('staying');
  leaving.leave();
  await left;
  await jest.advanceTimersByTimeAsync(60_000);
  expect(files).toEqual([['staying']]);
});

test('claims that took so long that others may have looked already make no batch', async () => {
  const { provider, batches } = aProvider();
  const { add } = setup({ provider });
  const late = expect(
    add('late', () => {
      jest.setSystemTime(Date.now() + 25_000);
      return true;
    }).batchId,
  ).rejects.toThrow('too long');
  await jest.advanceTimersByTimeAsync(60_000);
  await late;
  expect(batches).toEqual([]);
});

test('what goes wrong with the batch, every request of it is told', async () => {
  const failure = new ProviderError('unavailable', 'down', { maybePaid: true });
  const { provider } = aProvider({ create: () => Promise.reject(failure) });
  const { add } = setup({ provider });
  const told = [add('a'), add('b')].map(({ batchId }) => expect(batchId).rejects.toBe(failure));
  await jest.advanceTimersByTimeAsync(60_000);
  await Promise.all(told);
});

test('requests of refused files are gathered apart, in more groups each time, each with a window of its own', async () => {
  const { provider, files } = aProvider();
  const chosen = [0.1, 0.6, 0.2, 0.1, 0.6, 0.2];
  const { add } = setup({ provider, random: () => chosen.shift() ?? 0 });
  for (const line of ['a', 'b', 'c']) add(`${line} once`, undefined, 1);
  for (const line of ['a', 'b', 'c']) add(`${line} twice`, undefined, 2);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(files).toEqual([['a once', 'c once'], ['b once'], ['a twice'], ['b twice'], ['c twice']]);
});

test('requests that come back find the batch of their file with one question, and wait for its end', async () => {
  const { provider, batches, searched } = aProvider();
  batches.push('file-9');
  const { collector, announced } = setup({ provider });
  const back = ['a', 'b'].map((line) => collector.rejoin({ inputId: 'file-9', since: 0 }, memberOf(line)));
  expect(await Promise.all(back)).toEqual(['batch of file-9', 'batch of file-9']);
  expect(searched).toEqual(['file-9']);
  expect(announced).toEqual([
    ['batch of file-9', ['a']],
    ['batch of file-9', ['b']],
  ]);
  expect(await collector.rejoin({ inputId: 'file-10', since: 0 }, memberOf('c'))).toBeUndefined();
  expect(announced).toHaveLength(2);
});

test('a process that is about to end sends what it has, and waits no longer for what comes', async () => {
  const { provider, files } = aProvider();
  const { collector, add } = setup({ provider });
  add('a');
  collector.drain();
  await jest.advanceTimersByTimeAsync(0);
  add('b');
  await jest.advanceTimersByTimeAsync(1);
  expect(files).toEqual([['a'], ['b']]);
});
