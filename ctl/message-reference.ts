import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { workflowIdOf } from '../contracts/message-id.ts';
import { RefusedError } from './command.ts';

/**
 * The workflow IDs that what an operator typed can stand for: a workflow ID as it is (`message:…`, `record:…`), anything
 * else as a message id on each of the input topics.
 */
export function candidateWorkflowIds(reference: string, inputTopics: readonly string[]): readonly string[] {
  if (/^(?:message|record):[^:]+:/.test(reference)) return [reference];
  return inputTopics.map((topic) => workflowIdOf({ topic, partition: 0, offset: '0' }, reference));
}

/**
 * The newest run of the message that is meant.
 * @throws {RefusedError} when there is none, or when the id exists on more than one topic.
 */
export async function findMessage(
  reference: string,
  { client, inputTopics }: { client: Client; inputTopics: readonly string[] },
): Promise<WorkflowExecutionDescription> {
  const described = await Promise.all(
    candidateWorkflowIds(reference, inputTopics).map((workflowId) => describeIfThere(client, workflowId)),
  );
  const [found, ...others] = described.filter((description) => description !== undefined);
  if (found === undefined) {
    throw new RefusedError(
      `There is no message "${reference}" on ${inputTopics.join(', ')} in namespace ${client.options.namespace} ` +
        `(never read, past the namespace's retention, or the bridge refused it: look in the dead-letter topic).`,
    );
  }
  if (others.length > 0) {
    const ids = [found, ...others].map(({ workflowId }) => workflowId);
    throw new RefusedError(`"${reference}" exists on several topics; name the one you mean: ${ids.join(' or ')}`);
  }
  return found;
}

async function describeIfThere(client: Client, workflowId: string) {
  try {
    return await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
