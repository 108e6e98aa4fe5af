import type { ReadUsage } from '../measure-cpu.ts';

export interface PoolProcess {
  readonly pid: number;
  readonly exited: Promise<unknown>;
  /** SIGTERM; resolves when it has drained. */
  stop(): Promise<unknown>;
  /** SIGKILL */
  kill(): Promise<unknown>;
}

/** Processes of a contender, of which some are killed and replaced during a run. */
export interface ProcessPool {
  start(): Promise<void>;
  /** SIGKILL to the oldest one, and another one in its place; not waited for until it is ready. */
  replaceOldest(): Promise<void>;
  stop(): Promise<void>;
  /** Of all processes there were, killed ones too. */
  cpuSeconds(): number;
  /** Processes that ended without having been asked to. */
  unexpectedExits(): number;
}

export function createProcessPool(startOne: () => Promise<PoolProcess>, readUsage: ReadUsage): ProcessPool {
  const running = new Set<PoolProcess>();
  let cpuSecondsOfEnded = 0;
  let unexpectedExits = 0;

  const start = async () => {
    const started = await startOne();
    running.add(started);
    void started.exited.then(() => {
      if (running.delete(started)) unexpectedExits += 1;
    });
  };
  const leave = (one: PoolProcess) => {
    cpuSecondsOfEnded += readUsage([one.pid]).cpuSeconds;
    running.delete(one);
  };
  return {
    start,
    async replaceOldest() {
      const [oldest] = running;
      if (oldest !== undefined) {
        leave(oldest);
        await oldest.kill();
      }
      await start();
    },
    async stop() {
      const all = [...running];
      running.clear();
      await Promise.all(all.map((one) => one.stop()));
    },
    cpuSeconds: () => cpuSecondsOfEnded + readUsage([...running].map(({ pid }) => pid)).cpuSeconds,
    unexpectedExits: () => unexpectedExits,
  };
}
