import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions } from '@temporalio/worker';

/** Written by `build-workflow-bundle.ts`, beside the compiled folders. */
export const BUNDLE_FILE = 'workflow-bundle.js';

/**
 * The workflow code a worker runs: the bundle that `npm run build` made (starts in milliseconds, the same bytes in every
 * worker), or, for code that runs from its sources (tests), bundled at start.
 */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const bundle = fileURLToPath(new URL(`../${BUNDLE_FILE}`, import.meta.url));
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } };
  return { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) };
}
