import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import type { CacheLock, CompletionCache, StoredAnswer } from './completion-cache.ts';

/** Outside names: other programs may share the server. */
const ANSWER_KEY = 'llm-kafka-pipeline:answer:';
const LOCK_KEY = 'llm-kafka-pipeline:lock:';
/** After a process was killed, others wait this long for what it was asking. */
const LOCK_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
/** How long the first messages wait for the connection. */
const CONNECT_WAIT_MS = 1_000;
const MAX_RECONNECT_DELAY_MS = 2_000;
/** A server that hangs must not have a backlog of questions pile up in here. */
const MAX_QUEUED = 5_000;

/** Both only for who holds the lock: after a loss it may be another's. */
const RELEASE = `return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0`;
const RENEW = `return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('pexpire', KEYS[1], ARGV[2]) or 0`;

/** Of all processes with the same server: Valkey, or Redis from version 6 on. One that is away is looked for without end. */
export async function openRedisCache({ url, ttlMs }: { url: string; ttlMs: number }): Promise<CompletionCache> {
  const client = createClient({
    url: url.replace(/^valkey/, 'redis'),
    // Every server of either name speaks it.
    RESP: 2,
    // What cannot be asked now is a miss now.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUED,
    socket: {
      connectTimeout: 2_000,
      reconnectStrategy: (retries) => Math.min(100 * 2 ** retries, MAX_RECONNECT_DELAY_MS),
    },
  });
  // Each question tells of it by itself; without a listener it would end the process.
  client.on('error', () => undefined);
  const connected = client.connect().catch(() => undefined);
  await Promise.race([connected, new Promise((resolve) => setTimeout(resolve, CONNECT_WAIT_MS))]);

  function held(key: string, token: string): CacheLock {
    const renewal = setInterval(() => {
      const renewed = client.eval(RENEW, { keys: [key], arguments: [token, String(LOCK_MS)] });
      renewed.then(
        (still) => {
          if (still === 0) clearInterval(renewal);
        },
        () => undefined,
      );
    }, RENEW_EVERY_MS);
    return {
      async release() {
        clearInterval(renewal);
        await client.eval(RELEASE, { keys: [key], arguments: [token] });
      },
    };
  }

  return {
    async get(key) {
      return toAnswer(await client.get(ANSWER_KEY + key));
    },
    async set(key, { text, model }) {
      const value = JSON.stringify({ text, model } satisfies StoredAnswer);
      await client.set(ANSWER_KEY + key, value, { expiration: { type: 'PX', value: ttlMs } });
    },
    async lock(key) {
      const token = randomUUID();
      const expiration = { type: 'PX', value: LOCK_MS } as const;
      const taken = await client.set(LOCK_KEY + key, token, { expiration, condition: 'NX' });
      return taken === null ? undefined : held(LOCK_KEY + key, token);
    },
    close() {
      client.destroy();
      return Promise.resolve();
    },
  };
}

/** Whatever somebody else put there is no answer. */
function toAnswer(value: string | null): StoredAnswer | undefined {
  if (value === null) return undefined;
  const { text, model } = JSON.parse(value) as Partial<StoredAnswer>;
  return typeof text === 'string' && typeof model === 'string' ? { text, model } : undefined;
}
