import { EXIT_CODES } from '../../lifecycle/errors.ts';
import type { OnProgress } from '../progress.ts';
import type { ExitStatus } from '../stack/child-process.ts';
import type { PipelineProcess } from '../stack/pipeline-process.ts';
import { endOf } from '../stack/server.ts';

export interface SupervisorDeps {
  readonly start: () => Promise<PipelineProcess>;
  readonly onProgress: OnProgress;
}

export interface Supervisor {
  /** Drains the running process and starts one from the code that is built now. Calls follow one another. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/**
 * Keeps one pipeline process running: starts it again when it ends by itself, more slowly each time; not when its
 * configuration is wrong, which only a change of code or environment mends.
 */
export async function superviseProcess({ start, onProgress }: SupervisorDeps): Promise<Supervisor> {
  /** The process that ought to run; undefined while there is none. */
  let current: PipelineProcess | undefined;
  let stopping = false;
  let failures = 0;
  let queue = Promise.resolve();
  const inOrder = (work: () => Promise<void>) => (queue = queue.then(work));

  const run = async () => {
    if (stopping) return;
    const started = await start();
    current = started;
    void started.exited.then((status) => onEnd(started, status));
    try {
      await started.ready();
      failures = 0;
    } catch (error) {
      // One that ended has been reported; one that hangs may yet become ready.
      if (current === started) onProgress(error instanceof Error ? error.message : String(error));
    }
  };

  const onEnd = async (ended: PipelineProcess, { code, signal }: ExitStatus) => {
    if (current !== ended) return;
    current = undefined;
    onProgress(`The pipeline ended (${signal ?? String(code)}); its log ends:\n${endOf(ended.logFile, 5)}`);
    if (code === EXIT_CODES.configuration) return;
    const waitMs = Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS);
    await new Promise((done) => setTimeout(done, waitMs).unref());
    await inOrder(async () => {
      if (current === undefined) await run();
    });
  };

  const stopCurrent = async () => {
    const old = current;
    current = undefined;
    await old?.stop();
  };

  await inOrder(run);
  return {
    restart: () => inOrder(() => stopCurrent().then(run)),
    async stop() {
      stopping = true;
      await stopCurrent();
      // One that was just being started.
      await queue;
      await stopCurrent();
    },
  };
}
