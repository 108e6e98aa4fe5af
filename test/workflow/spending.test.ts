import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import {
  MAX_TENANTS_AT_ONCE,
  SPENDING,
  type Budgets,
  type SpendingReport,
  type SpendingState,
  type UsedUp,
} from '../../contracts/spending.ts';
import { connectTestClient, runWorkflowWorkers, type TestActivities } from '../support/workflow-workers.ts';

let client: Client;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ client, close } = await connectTestClient());
});
afterAll(() => close());

const unused = () => Promise.reject(new Error('an account has no activities'));
const activities: TestActivities = { validate: unused, preprocess: unused, publish: unused };
const budgets: Budgets = { timeZone: 'UTC', tenants: {}, defaultTenant: { tokensPerDay: 10 } };
const TOKENS = 10;
const REPORTS = 40;
const tenant = (index: number) => String(index).padEnd(200, '-');

/** Of 500 tenants that no other report has, each with all of its budget. */
function reportOf(sequence: number): SpendingReport {
  const first = (sequence - 1) * MAX_TENANTS_AT_ONCE;
  return {
    ...{ worker: 'w', sequence, budgets, total: { tokens: TOKENS * MAX_TENANTS_AT_ONCE, nanoCost: 0 } },
    tenants: Array.from({ length: MAX_TENANTS_AT_ONCE }, (_, index) => [
      tenant(first + index),
      { tokens: TOKENS, nanoCost: 0 },
    ]),
  };
}

test('an account of 20,000 tenants goes on in new runs, each with all that the one before knew', async () => {
  const workflowId = `spending-${randomUUID()}`;
  await runWorkflowWorkers({ client, activities }, async (taskQueue) => {
    const { firstExecutionRunId } = await client.workflow.start(SPENDING.workflowType, { taskQueue, workflowId });
    // Of whichever run is the newest.
    const account = client.workflow.getHandle(workflowId);
    const report = (sequence: number) =>
      account.executeUpdate<UsedUp, [SpendingReport]>(SPENDING.report, { args: [reportOf(sequence)] });
    const first = await report(1);
    expect(first.tenants).toHaveLength(MAX_TENANTS_AT_ONCE);
    for (let sequence = 2; sequence <= REPORTS; sequence++) await report(sequence);
    // One whose answer was lost.
    expect((await report(REPORTS)).isFull).toBe(true);

    expect((await client.workflow.getHandle(workflowId, firstExecutionRunId).describe()).status.name).toBe(
      'CONTINUED_AS_NEW',
    );
    expect((await account.describe()).status.name).toBe('RUNNING');
    const { total, tenants, others = { tokens: 0 } } = await account.query<SpendingState>(SPENDING.state);
    expect(total.tokens).toBe(TOKENS * REPORTS * MAX_TENANTS_AT_ONCE);
    expect(TOKENS * tenants.length + others.tokens).toBe(total.tokens);
    const usedUp = await account.query<UsedUp, [string[]]>(SPENDING.usedUp, [tenant(0), 'nobody']);
    expect(usedUp.tenants.map(([name]) => name)).toEqual([tenant(0)]);
    await account.terminate();
  });
}, 120_000);
