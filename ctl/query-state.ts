import { WorkflowNotFoundError, type Client } from '@temporalio/client';

/** What a workflow says of itself; `undefined`: there is none of this id. */
export async function queryState<State>(
  client: Client,
  { workflowId, query }: { workflowId: string; query: string },
): Promise<State | undefined> {
  try {
    return await client.workflow.getHandle(workflowId).query<State>(query);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
