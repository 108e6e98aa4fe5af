import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { TASK_QUEUES } from '../contracts/pipeline.ts';
import { FIRST_IN_LINE } from '../contracts/priority.ts';

/** One of the workflows that there is once, and that starts when it is first needed: a pipeline worker runs it. */
export interface SharedWorkflow {
  readonly workflowType: string;
  readonly workflowId: string;
}

/** Sends the update, and starts the workflow with it where there is none: nearly always there is one, and it only has to be asked. */
export async function updateOrStart<Result, Argument>(
  client: Client,
  { workflowType, workflowId }: SharedWorkflow,
  update: {
    readonly name: string;
    readonly argument: Argument;
    /** For a workflow that is new; default: the same. */
    readonly firstArgument?: Argument;
    /** The same for a repetition, which then brings the same answer. */
    readonly updateId?: string;
  },
): Promise<Result> {
  const { name, argument, firstArgument = argument, updateId } = update;
  const once = updateId === undefined ? {} : { updateId };
  try {
    const running = client.workflow.getHandle(workflowId);
    return await running.executeUpdate<Result, [Argument]>(name, { args: [argument], ...once });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return client.workflow.executeUpdateWithStart<Workflow, Result, [Argument]>(name, {
      args: [firstArgument],
      ...once,
      startWorkflowOperation: new WithStartWorkflowOperation(workflowType, {
        workflowId,
        taskQueue: TASK_QUEUES.pipeline,
        args: [],
        workflowIdConflictPolicy: 'USE_EXISTING',
        priority: FIRST_IN_LINE,
      }),
    });
  }
}
