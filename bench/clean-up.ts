/** What has to be stopped at the end, in whatever way the end comes. */
export interface CleanUp {
  /** Stops run one after the other, the last one added first. */
  add(stop: () => Promise<unknown>): void;
  /**
   * Runs every stop once, also when one of them fails. A second call (an interrupt during the end) waits for the first:
   * servers must not be stopped under a pipeline that is still draining.
   * @throws the first failure, after all have run
   */
  run(): Promise<void>;
}

export function createCleanUp(): CleanUp {
  const stops: (() => Promise<unknown>)[] = [];
  let earlier = Promise.resolve();
  return {
    add: (stop) => {
      stops.push(stop);
    },
    run() {
      const run = earlier.then(() => runAll(stops));
      earlier = run.catch(() => undefined);
      return run;
    },
  };
}

async function runAll(stops: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) {
    await stop().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}
