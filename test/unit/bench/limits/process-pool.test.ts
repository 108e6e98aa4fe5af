import { createProcessPool, type PoolProcess } from '../../../../bench/limits/process-pool.ts';

/** Processes that have used as many seconds of CPU as their id, and can be read while they run only. */
function setup() {
  const alive = new Set<number>();
  const log: string[] = [];
  const exits = new Map<number, () => void>();
  let pids = 0;
  const pool = createProcessPool(
    async (): Promise<PoolProcess> => {
      const pid = (pids += 1);
      alive.add(pid);
      const end = (how: string) => async () => {
        log.push(`${how} ${String(pid)}`);
        alive.delete(pid);
        exits.get(pid)?.();
      };
      const exited = new Promise<void>((done) => exits.set(pid, done));
      return { pid, exited, stop: end('stop'), kill: end('kill') };
    },
    (read) => {
      if (read.some((pid) => !alive.has(pid))) throw new Error('read after its end');
      return { cpuSeconds: read.reduce((sum, pid) => sum + pid, 0), peakRssMiB: 0 };
    },
  );
  return { pool, log, exits };
}

test('the oldest is killed and another one started, and what it used stays counted', async () => {
  const { pool, log } = setup();
  await pool.start();
  await pool.start();
  await pool.replaceOldest();
  await pool.replaceOldest();
  expect(log).toEqual(['kill 1', 'kill 2']);
  expect(pool.cpuSeconds()).toBe(1 + 2 + 3 + 4);
  await pool.stop();
  expect(log.slice(2)).toEqual(['stop 3', 'stop 4']);
  expect(pool.unexpectedExits()).toBe(0);
});

test('one that ends by itself is noticed', async () => {
  const { pool, exits } = setup();
  await pool.start();
  await pool.start();
  exits.get(1)?.();
  await Promise.resolve();
  await Promise.resolve();
  expect(pool.unexpectedExits()).toBe(1);
  expect(pool.cpuSeconds()).toBe(2);
});
