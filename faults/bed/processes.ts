import { join } from 'node:path';
import type { ExitStatus } from '../../dev/stack/child-process.ts';
import { startPipelineProcess, type PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import { readiness } from './metrics.ts';
import { EXIT_CODES } from '../../lifecycle/errors.ts';
import { PARTS, type Part } from './parts.ts';

/** Rather more than any fault hits. */
const MAX_STARTS = 10;
/** A group waits 30 s for each member that was lost while it joined, and a client 65 s for an answer that never comes. */
const SUPERVISED_READY_MS = 180_000;

/** The product's processes of one case: who runs, and how each of them ended. */
export interface Processes {
  /** Resolves when it is ready, or at once with `wait: false`. */
  start(part: Part, options?: { env?: Readonly<Record<string, string>>; wait?: boolean }): Promise<CaseProcess>;
  /** The same as an orchestrator does it: one that could not reach what it needs at start (exit code 75) is started again. */
  startSupervised(part: Part): Promise<CaseProcess>;
  /** The oldest running one of the part. */
  one(part: Part): CaseProcess;
  running(): readonly CaseProcess[];
  /** SIGTERM to all that run; resolves when they have ended. */
  stopAll(): Promise<void>;
  /** SIGKILL to all that run, at the end of a case that failed. */
  killAll(): Promise<void>;
  readonly all: readonly CaseProcess[];
}

export interface CaseProcess {
  /** Such as `llm-2`: unique in the case. */
  readonly name: string;
  readonly part: Part;
  readonly pid: number;
  readonly logFile: string;
  readonly metricsUrl: string;
  readonly exited: Promise<ExitStatus>;
  ready(timeoutMs?: number): Promise<void>;
  /** Resolves when it answers at all: from then on a signal is its own to handle. */
  alive(): Promise<void>;
  /** SIGKILL: expected to end by it. */
  kill(): Promise<void>;
  /** SIGTERM: expected to end with 0. Resolves with the code. */
  stop(): Promise<number | null>;
  /** SIGSTOP, as a machine that hangs. */
  freeze(): void;
  /** SIGCONT */
  thaw(): void;
  /** The case expects it to end by itself with this code. */
  expectExit(code: number): void;
  end(): ProcessEnd;
}

export interface ProcessEnd {
  readonly name: string;
  /** `running`: it was never asked to end, and must not have. */
  readonly expected: number | 'SIGKILL' | 'running';
  readonly actual: number | NodeJS.Signals | 'running';
}

export function createProcesses(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly logDir: string;
}): Processes {
  const all: CaseProcess[] = [];
  const begun = new Map<Part, number>();
  const isRunning = (one: CaseProcess) => one.end().actual === 'running';
  const start: Processes['start'] = async (part, { env = {}, wait = true } = {}) => {
    // Before anything is waited for: several are started at once.
    const number = (begun.get(part) ?? 0) + 1;
    begun.set(part, number);
    const name = `${part}-${String(number)}`;
    const logFile = join(options.logDir, `${name}.log`);
    const started = await startPipelineProcess({ ...PARTS[part], env: { ...options.env, ...env }, logFile });
    const one = toCaseProcess(started, { name, part });
    all.push(one);
    if (wait) await one.ready();
    return one;
  };
  return {
    all,
    start,
    async startSupervised(part) {
      for (let attempt = 1; ; attempt += 1) {
        const one = await start(part, { wait: false });
        try {
          await one.ready(SUPERVISED_READY_MS);
          return one;
        } catch (error) {
          if (one.end().actual !== EXIT_CODES.dependencyUnavailable || attempt === MAX_STARTS) throw error;
          one.expectExit(EXIT_CODES.dependencyUnavailable);
        }
      }
    },
    one(part) {
      const found = all.find((one) => one.part === part && isRunning(one));
      if (found === undefined) throw new Error(`No ${part} process is running`);
      return found;
    },
    running: () => all.filter(isRunning),
    async stopAll() {
      // The bridge first: workers that leave before it would let its starts pile up.
      const running = all.filter(isRunning).toSorted((a, b) => rank(a) - rank(b));
      for (const one of running) one.thaw();
      for (const first of [0, 1]) {
        await Promise.all(running.filter((one) => rank(one) === first).map((one) => one.stop()));
      }
    },
    async killAll() {
      await Promise.all(all.filter(isRunning).map((one) => one.kill()));
    },
  };
}

const rank = ({ part }: CaseProcess) => (part === 'bridge' ? 0 : 1);

function toCaseProcess(started: PipelineProcess, { name, part }: { name: string; part: Part }): CaseProcess {
  const { pid, logFile, metricsUrl, exited } = started;
  let expected: ProcessEnd['expected'] = 'running';
  let actual: ProcessEnd['actual'] = 'running';
  void exited.then(({ code, signal }) => {
    actual = signal ?? code ?? 'running';
  });
  return {
    ...{ name, part, pid, logFile, metricsUrl, exited },
    ready: (timeoutMs) => started.ready(timeoutMs),
    async alive() {
      await waitUntil(`${name} to answer`, async () => (await readiness({ metricsUrl })) !== undefined, {
        timeoutMs: 60_000,
      });
    },
    async kill() {
      expected = 'SIGKILL';
      await started.kill();
    },
    async stop() {
      expected = 0;
      return started.stop();
    },
    freeze() {
      process.kill(pid, 'SIGSTOP');
    },
    thaw() {
      process.kill(pid, 'SIGCONT');
    },
    expectExit(code) {
      expected = code;
    },
    end: () => ({ name, expected, actual }),
  };
}
