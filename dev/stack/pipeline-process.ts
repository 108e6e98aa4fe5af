import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, type ExitStatus } from './child-process.ts';
import { freePort } from './free-port.ts';
import { findProjectRoot } from './project-root.ts';
import { endOf } from './server.ts';
import { StackError } from './tools.ts';

export interface PipelineProcessOptions {
  /** Below `dist/`, or below `build`. */
  readonly entry: 'main.js' | 'bridge/main.js' | 'workers/main.js' | 'codec-server/main.js';
  readonly args?: readonly string[];
  /** The folder of another build than the project's. */
  readonly build?: string;
  /** Added to this process's environment. `METRICS_PORT` is a free one unless given. */
  readonly env: Readonly<Record<string, string>>;
  /** Appended to. Default: a file in the system's temporary folder, deleted by a later run. */
  readonly logFile?: string;
  readonly onExit?: (status: ExitStatus) => void;
}

export interface PipelineProcess {
  readonly pid: number;
  /** Ends in `/metrics`; `/livez` and `/readyz` are beside it. */
  readonly metricsUrl: string;
  readonly logFile: string;
  readonly exited: Promise<ExitStatus>;
  /**
   * Resolves when `/readyz` says so. Default 60 s.
   * @throws {StackError} with the end of the log when the process ends before, or is not ready in time
   */
  ready(timeoutMs?: number): Promise<void>;
  /** SIGTERM; the exit code once it has drained (`null`: it had to be killed). */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
/** Above the process's own drain limit of 45 s. */
const STOP_GRACE_MS = 50_000;
const POLL_EVERY_MS = 50;

/** Starts one of the pipeline's processes as production does: `node dist/<entry>`. */
export async function startPipelineProcess(options: PipelineProcessOptions): Promise<PipelineProcess> {
  const root = findProjectRoot();
  const file = join(options.build ?? join(root, 'dist'), options.entry);
  if (!existsSync(file)) throw new StackError(`${file} is missing: run \`npm run build\` first.`);
  const port = options.env['METRICS_PORT'] ?? String(await freePort());
  const origin = `http://127.0.0.1:${port}`;
  const name = options.entry.replace(/\/?main\.js$/, '') || 'standalone';
  const logFile = options.logFile ?? join(tmpdir(), `llm-kafka-pipeline-${String(process.pid)}-${name}-${port}.log`);
  const child = startChild({
    command: process.execPath,
    args: ['--enable-source-maps', file, ...(options.args ?? [])],
    cwd: root,
    env: { ...process.env, ...options.env, METRICS_PORT: port },
    logFile,
  });
  let exited = false;
  void child.exited.then((status) => {
    exited = true;
    options.onExit?.(status);
  });

  return {
    pid: child.pid,
    metricsUrl: `${origin}/metrics`,
    logFile,
    exited: child.exited,
    async ready(timeoutMs = READY_TIMEOUT_MS) {
      const deadline = Date.now() + timeoutMs;
      while (!(await isReady(origin))) {
        const problem = exited ? 'ended before it was ready' : Date.now() > deadline ? 'is not ready' : undefined;
        if (problem !== undefined)
          throw new StackError(`The ${name} process ${problem}; its log ends:\n${endOf(logFile)}`);
        await delay(POLL_EVERY_MS);
      }
    },
    async stop() {
      return (await child.stop(STOP_GRACE_MS)).code;
    },
    async kill() {
      await child.kill();
    },
  };
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return response.ok;
  } catch {
    return false;
  }
}
