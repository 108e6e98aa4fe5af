import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { createOpenWorkflowCount } from '../../../bridge/open-workflow-count.ts';
import { createDependencyState } from '../../../lifecycle/dependency-state.ts';

/** A visibility that knows `visible` of the workflows asked for, and 7 that are open. */
function setup(toBeSeen: readonly string[], visible = 0) {
  const asked: string[] = [];
  const told: unknown[][] = [];
  const client = {
    withDeadline: (_deadline: number, rpc: () => Promise<unknown>) => rpc(),
    workflow: {
      count: async (query: string) => {
        asked.push(query);
        await Promise.resolve();
        if (query.endsWith("AND PipelineState = 'parked'")) return { count: 0 };
        return { count: query.startsWith('WorkflowId') ? visible : 7 };
      },
    },
  };
  const count = createOpenWorkflowCount({
    client: client as unknown as Client,
    backpressure: { toBeSeen, counted: (...given) => told.push(given) },
    state: createDependencyState('Temporal', pino({ level: 'silent' })),
    maxParked: 0,
  });
  return { count, asked, told };
}

it('what has to be seen is asked for before the count that shall have seen it', async () => {
  const { count, asked, told } = setup(['message:t:1', 'record:t:0:5'], 2);
  await count.once();
  expect(asked[0]).toBe("WorkflowId IN ('message:t:1', 'record:t:0:5')");
  expect(asked).toHaveLength(3);
  expect(told).toEqual([[7, 2]]);
});

it('a count that may have missed some of them says how many visibility knows', async () => {
  const { count, told } = setup(['message:t:1', 'message:t:2'], 1);
  await count.once();
  expect(told).toEqual([[7, 1]]);
});

it('where nothing was started nothing more is asked', async () => {
  const { count, asked, told } = setup([]);
  await count.once();
  expect(asked).toHaveLength(2);
  expect(told).toEqual([[7, 0]]);
});
