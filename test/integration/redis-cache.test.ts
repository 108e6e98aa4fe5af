import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@redis/client';
import type { CompletionCache } from '../../cache/completion-cache.ts';
import { openRedisCache } from '../../cache/redis-cache.ts';
import { startRedisServer } from '../../dev/stack/redis-server.ts';
import { waitUntil } from '../../dev/wait-until.ts';

type RedisServer = Awaited<ReturnType<typeof startRedisServer>>;

const answer = { text: 'Grüße 🌊', model: 'm' };
const TTL_MS = 60_000;

let dataDir: string;
let server: RedisServer;
let here: CompletionCache;
let there: CompletionCache;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'redis-test-'));
  server = await startRedisServer({ dataDir, onProgress: (line) => process.stderr.write(`${line}\n`) });
  [here, there] = await Promise.all([
    openRedisCache({ url: server.url, ttlMs: TTL_MS }),
    openRedisCache({ url: server.url.replace('redis:', 'valkey:'), ttlMs: TTL_MS }),
  ]);
});
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

async function onServer<T>(work: (client: ReturnType<typeof createClient>) => Promise<T>): Promise<T> {
  const client = createClient({ url: server.url });
  await client.connect();
  try {
    return await work(client as ReturnType<typeof createClient>);
  } finally {
    client.destroy();
  }
}

describe('the cache in Valkey or Redis', () => {
  it('gives another process what it was given, and lets the server forget it in time', async () => {
    await here.set('a', answer);
    expect(await there.get('a')).toEqual(answer);
    expect(await there.get('b')).toBeUndefined();
    const ttl = await onServer((client) => client.pTTL('llm-kafka-pipeline:answer:a'));
    expect(ttl).toBeGreaterThan(TTL_MS - 10_000);
    expect(ttl).toBeLessThanOrEqual(TTL_MS);
  });

  it('takes for no answer what another program put there', async () => {
    await onServer((client) => client.set('llm-kafka-pipeline:answer:foreign', '{"answer":42}'));
    expect(await here.get('foreign')).toBeUndefined();
  });

  it('gives a lock to one at a time, renews it while it is held, and ends it for who holds it only', async () => {
    const key = 'llm-kafka-pipeline:lock:k';
    const lock = await here.lock('k');
    expect(lock).toBeDefined();
    expect(await there.lock('k')).toBeUndefined();
    await onServer((client) => client.pExpire(key, 5_000));
    await waitUntil('the renewal', () => onServer(async (client) => (await client.pTTL(key)) > 5_000));
    await lock?.release();
    const next = await there.lock('k');
    expect(next).toBeDefined();
    await lock?.release();
    expect(await here.lock('k')).toBeUndefined();
    await next?.release();
  });

  it('says that the server is away, and finds it again by itself', async () => {
    await server.kill();
    await waitUntil('the loss to show', () =>
      here.get('a').then(
        () => false,
        () => true,
      ),
    );
    await server.start();
    await waitUntil('the server to be found', async () => {
      await here.set('c', answer);
      return true;
    });
    expect(await here.get('c')).toEqual(answer);
  });

  it('is opened although there is no server', async () => {
    const cache = await openRedisCache({ url: 'redis://127.0.0.1:1', ttlMs: TTL_MS });
    await expect(cache.get('a')).rejects.toThrow();
    await cache.close();
  });
});
