import { setWorkflowOptions, workflowInfo, type Workflow } from '@temporalio/workflow';

/**
 * On versioned workers this workflow's runs stay with the build that began them. Others move with the current one.
 * A worker without a version must not say so: the server refuses what it has done.
 */
export function pinned(workflow: Workflow): void {
  setWorkflowOptions(() => {
    // Of a worker without a version it has a build id all the same, and no name.
    const isVersioned = Boolean(workflowInfo().currentDeploymentVersion?.deploymentName);
    return isVersioned ? { versioningBehavior: 'PINNED' } : {};
  }, workflow);
}
