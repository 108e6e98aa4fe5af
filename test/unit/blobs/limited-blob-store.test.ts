import { BlobStoreError, type BlobStore } from '../../../blobs/blob-store.ts';
import { limitCalls } from '../../../blobs/limited-blob-store.ts';
import { createMemoryBlobStore } from '../../support/memory-blob-store.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const passed = (ms: number) => jest.advanceTimersByTimeAsync(ms);

/** A store that has one of its calls answered when a test says so. */
function setup() {
  const begun: { key: string; signal: AbortSignal | undefined; answer: () => void }[] = [];
  const slow: BlobStore = {
    ...createMemoryBlobStore(),
    get: (key, signal) =>
      new Promise((resolve) => {
        begun.push({
          ...{ key, signal },
          answer() {
            resolve(Buffer.from(key));
          },
        });
      }),
  };
  const withPatience = limitCalls(slow, { atATime: 2, hangsAfterMs: 30_000 });
  const forWorkers = withPatience({ limitMs: 30_000, since: 'begun' });
  const forClients = withPatience({ limitMs: 4_000, since: 'asked' });
  const keysBegun = () => begun.map(({ key }) => key);
  const answer = async (key: string) => {
    begun.find((call) => call.key === key)?.answer();
    await passed(0);
  };
  return { begun, keysBegun, answer, forWorkers, forClients };
}

/** What has become of it so far. */
function follow(work: Promise<Uint8Array>) {
  const followed = { outcome: 'open', work };
  work.then(
    (bytes) => (followed.outcome = Buffer.from(bytes).toString()),
    (error: unknown) => (followed.outcome = String(error)),
  );
  return followed;
}

it('so many calls at a time, the others in the order they came', async () => {
  const { keysBegun, answer, forWorkers, forClients } = setup();
  const calls = ['1', '2', '3', '4'].map((key, index) => follow((index % 2 ? forClients : forWorkers).get(key)));
  await passed(0);
  expect(keysBegun()).toEqual(['1', '2']);
  await answer('2');
  expect(keysBegun()).toEqual(['1', '2', '3']);
  await answer('1');
  await answer('3');
  await answer('4');
  expect(calls.map(({ outcome }) => outcome)).toEqual(['1', '2', '3', '4']);
});

it('a worker’s call has its time from its turn on, however long it waited for it', async () => {
  const { answer, forWorkers } = setup();
  const [first, second, third] = ['1', '2', '3'].map((key) => follow(forWorkers.get(key)));
  await passed(29_000);
  await answer('1');
  await answer('2');
  await passed(29_000);
  expect([first, second, third].map((call) => call?.outcome)).toEqual(['1', '2', 'open']);
  await passed(1_000);
  expect(third?.outcome).toBe('BlobStoreError: the memory did not answer within 30000 ms');
});

it('a client’s call has its time from the beginning, and is given up where it waits', async () => {
  const { keysBegun, answer, forWorkers, forClients } = setup();
  follow(forWorkers.get('1'));
  follow(forWorkers.get('2'));
  const [given, used] = [follow(forClients.get('3')), follow(forClients.get('4'))];
  await passed(3_000);
  await answer('1');
  await passed(1_000);
  expect(given.outcome).toBe('BlobStoreError: the memory did not answer within 4000 ms');
  expect(used.outcome).toBe('BlobStoreError: the memory did not answer within 4000 ms');
  await answer('2');
  expect(keysBegun()).toEqual(['1', '2', '3']);
});

it('a call that nobody waits for is told so, and keeps its place until it has ended', async () => {
  const { begun, keysBegun, answer, forClients } = setup();
  for (const key of ['1', '2']) follow(forClients.get(key));
  await passed(4_000);
  expect(begun.map(({ signal }) => signal?.aborted)).toEqual([true, true]);
  const repeat = follow(forClients.get('3'));
  await passed(1_000);
  expect(keysBegun()).toEqual(['1', '2']);
  await answer('1');
  await answer('3');
  expect(repeat.outcome).toBe('3');
});

it('while all calls under way hang, whoever waits or comes is refused at once', async () => {
  const { keysBegun, answer, forWorkers, forClients } = setup();
  const calls = ['1', '2', '3'].map((key) => follow(forWorkers.get(key)));
  await passed(30_000);
  const later = [follow(forWorkers.get('4')), follow(forClients.get('5'))];
  await passed(0);
  const refused = 'BlobStoreError: the memory does not answer: 2 calls wait for it since 30000 ms';
  expect(calls[2]?.outcome).toBe(refused);
  expect(later.map(({ outcome }) => outcome)).toEqual([refused, refused]);
  expect(keysBegun()).toEqual(['1', '2']);
  await answer('2');
  const again = follow(forWorkers.get('6'));
  await passed(0);
  await answer('6');
  expect(again.outcome).toBe('6');
});

it('a call that fails frees its place, too', async () => {
  const store = createMemoryBlobStore();
  store.isDown = true;
  const limited = limitCalls(store, { atATime: 1, hangsAfterMs: 10 })({ limitMs: 10, since: 'begun' });
  await expect(limited.check()).rejects.toThrow(BlobStoreError);
  await expect(limited.get('key')).rejects.toThrow('the memory is down');
});
