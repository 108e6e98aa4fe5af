import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { workflowIdOf } from '../../../contracts/message-id.ts';
import { RefusedError } from '../../../ctl/command.ts';
import { candidateWorkflowIds, findMessage } from '../../../ctl/message-reference.ts';

describe('what an operator types', () => {
  test.each(['message:llm.requests:order-1', 'record:llm.requests:3:42'])('is a workflow ID as it is: %s', (id) => {
    expect(candidateWorkflowIds(id, ['a', 'b'])).toEqual([id]);
  });

  test('is otherwise a message id, on each of the input topics', () => {
    expect(candidateWorkflowIds('order-1', ['a', 'b'])).toEqual(['message:a:order-1', 'message:b:order-1']);
  });

  test.each(['Bestellung 7/é', 'message: hello'])('finds the workflow of an id that had to be hashed: %s', (id) => {
    const [found] = candidateWorkflowIds(id, ['a']);
    expect(found).toMatch(/^message:a:sha256-/);
    expect(found).toBe(workflowIdOf({ topic: 'a', partition: 0, offset: '7' }, id));
  });
});

describe('looking a message up', () => {
  test('finds it on the one topic that has it', async () => {
    const found = await findMessage('x', { client: clientWith(['message:b:x']), inputTopics: ['a', 'b'] });
    expect(found.workflowId).toBe('message:b:x');
  });

  test('says where it looked when there is none', async () => {
    const search = findMessage('x', { client: clientWith([]), inputTopics: ['a', 'b'] });
    await expect(search).rejects.toThrow(RefusedError);
    await expect(search).rejects.toThrow('on a, b in namespace test');
  });

  test('says, too, where a record is that the bridge refused: it never had a workflow', async () => {
    const search = findMessage('record:a:0:7', { client: clientWith([]), inputTopics: ['a'] });
    await expect(search).rejects.toThrow('the bridge refused it: look in the dead-letter topic');
  });

  test('refuses to guess between two topics, and names both', async () => {
    const client = clientWith(['message:a:x', 'message:b:x']);
    await expect(findMessage('x', { client, inputTopics: ['a', 'b'] })).rejects.toThrow('message:a:x or message:b:x');
  });

  test('passes on what is no answer: an outage must not look like a missing message', async () => {
    const client = clientWith([], new Error('unavailable'));
    await expect(findMessage('x', { client, inputTopics: ['a'] })).rejects.toThrow('unavailable');
  });
});

/** Only what looking up uses. */
function clientWith(workflowIds: readonly string[], failure?: Error): Client {
  const getHandle = (workflowId: string) => ({
    describe: async () => {
      if (failure) throw failure;
      if (!workflowIds.includes(workflowId)) throw new WorkflowNotFoundError('not found', workflowId, undefined);
      return { workflowId };
    },
  });
  return { workflow: { getHandle }, options: { namespace: 'test' } } as unknown as Client;
}
