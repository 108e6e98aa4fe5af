import type { Client } from '@temporalio/client';
import { runOnMessages, type BulkAction } from '../../../ctl/bulk.ts';
import type { CommandContext } from '../../../ctl/command.ts';

interface Run {
  readonly workflowId: string;
  readonly runId: string;
  readonly startTime: Date;
}

const run = (workflowId: string, runId: string, hour: number): Run => ({
  ...{ workflowId, runId },
  startTime: new Date(Date.UTC(2026, 0, 1, hour)),
});

describe('what a query finds', () => {
  test('is counted and done by message, by its newest run', async () => {
    const found = [run('a', 'a-1', 1), run('a', 'a-2', 2), run('b', 'b-1', 1)];
    const outcome = await onQuery('open or failed', found, { a: 'a-2', b: 'b-1' });
    expect(outcome).toEqual({
      ...{ isDone: true, asked: ['retry 2 message(s)?'], done: ['a-2', 'b-1'] },
      ...{ notes: [], results: ['retry: 2 done, 0 refused, of 2'] },
    });
  });

  test('may have a later run that it does not match: such a message has gone on, which is no refusal', async () => {
    const outcome = await onQuery('open or failed', [run('a', 'a-1', 1), run('b', 'b-1', 1)], { a: 'a-2', b: 'b-1' });
    expect(outcome).toMatchObject({
      ...{ isDone: true, done: ['b-1'], notes: [] },
      results: ['retry: 1 done, 0 refused, of 2; 1 left alone, whose later run does not match'],
    });
  });

  test('was open and has a later run now: that one is not what was to be ended, so it is refused', async () => {
    const outcome = await onQuery('open', [run('a', 'a-1', 1)], { a: 'a-2' });
    expect(outcome).toMatchObject({
      ...{ isDone: false, done: [], notes: ['a has a later run: a-2.'] },
      results: ['retry: 0 done, 1 refused, of 1'],
    });
  });
});

/** Only what bulk work uses: what the search finds, and the run of each message that is the newest by then. */
async function onQuery(actsOn: BulkAction['actsOn'], found: readonly Run[], newest: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const done: string[] = [];
  const results: string[] = [];
  const notes: string[] = [];
  const workflow = {
    list: async function* () {
      yield* found;
    },
    getHandle: (workflowId: string) => ({ describe: async () => ({ workflowId, runId: newest[workflowId] }) }),
  };
  const context: CommandContext = {
    client: { workflow } as unknown as Client,
    ...{ inputTopics: ['t'], uiUrl: '' },
    output: { result: (text) => results.push(text), note: (text) => notes.push(text), progress: () => {} },
    confirm: async (question) => {
      asked.push(question);
      return true;
    },
  };
  const action: BulkAction = {
    ...{ verb: 'retry', actsOn },
    act: async ({ runId }) => {
      done.push(runId);
      return runId;
    },
  };
  const isDone = await runOnMessages(action, { positionals: [], values: { query: 'q' } }, context);
  return { isDone, asked, done, results, notes };
}
