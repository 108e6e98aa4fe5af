import type { WorkerOptions } from '@temporalio/worker';
import type { PipelineConfig } from '../config/schema.ts';

/**
 * Makes a worker a version of the Worker Deployment: it runs the pinned workflows that its build has begun, and the others while
 * its build is the current one. Only for workers that run workflows: a task queue without versions serves the activities of all
 * of them, so that an `llm` worker of any build makes the calls, and no build needs a set of its own.
 */
export function versionedAs(version: PipelineConfig['workerVersion']): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === undefined) return {};
  return {
    workerDeploymentOptions: {
      version,
      useWorkerVersioning: true,
      // Of what does not say `pinned`: the workflows that never end, which would keep a worker of their first build for ever.
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}
