import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/**
 * Written by `build-workflow-bundle.ts`, beside the compiled folders. How a workflow's own failures are written is a part of its bundle:
 * with `encryptedFailures` their text is in a payload, where encryption reaches it.
 */
export const BUNDLE_FILES = {
  plainFailures: 'workflow-bundle.js',
  encryptedFailures: 'workflow-bundle.encrypted-failures.js',
} as const;

/**
 * Workflows run on the main thread: handing each of their steps, a fifth of a millisecond of work, to another thread and back cost a
 * tenth of the process's CPU. What scales is the number of processes. The SDK names the option for its other use, debuggers.
 */
export const WORKFLOWS_ON_MAIN_THREAD = { debugMode: true } satisfies Partial<WorkerOptions>;

/**
 * The SDK's modules are evaluated once for each worker, not once for each run: they keep a run's state elsewhere. Ours make no such
 * promise, and are not listed.
 */
export const BUNDLE_OPTIONS = { preloadModules: ['@temporalio/workflow'] };

/**
 * What a worker runs workflows with: the bundle that `npm run build` made (starts in milliseconds, the same bytes in every
 * worker), or, for code that runs from its sources (tests), one made at start.
 */
export function workflowOptions(
  failures: keyof typeof BUNDLE_FILES,
): Pick<WorkerOptions, 'debugMode' | 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'> {
  const bundle = fileURLToPath(new URL(`../${BUNDLE_FILES[failures]}`, import.meta.url));
  if (existsSync(bundle)) return { ...WORKFLOWS_ON_MAIN_THREAD, workflowBundle: { codePath: bundle } };
  return {
    ...WORKFLOWS_ON_MAIN_THREAD,
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    bundlerOptions: BUNDLE_OPTIONS,
  };
}
