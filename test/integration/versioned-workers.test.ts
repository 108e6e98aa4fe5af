import { fileURLToPath } from 'node:url';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { RATE_BUDGET } from '../../contracts/rate-budget.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { makeBuild, type AnotherBuild } from '../support/another-build.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(240_000);

const DEPLOYMENT = 'llm-kafka-pipeline';
const OPEN = 200;
const before = numbered('before', OPEN);
const after = numbered('after', 40);
const changedWorkflows = fileURLToPath(new URL('../replay/changed-workflow.ts', import.meta.url));

let bed: PipelineBed;
let changed: AnotherBuild;
beforeAll(async () => {
  changed = await makeBuild(changedWorkflows);
});
afterAll(() => changed.remove());
beforeEach(async () => {
  bed = await openPipelineBed('versions');
});
afterEach(() => bed.close());

const startWorker = (role: string, buildId: string, build?: string): Promise<PipelineProcess> =>
  bed.start('workers/main.js', {
    args: ['--role', role],
    env: { TEMPORAL_WORKER_BUILD_ID: buildId },
    ...(build !== undefined && { build }),
  });

/** What an operator does with `temporal worker deployment set-current-version`. */
const makeCurrent = (buildId: string) =>
  waitUntil(`build ${buildId} to become the current one`, async () => {
    await bed.client.workflowService.setWorkerDeploymentCurrentVersion({
      namespace: bed.client.options.namespace,
      deploymentName: DEPLOYMENT,
      buildId,
    });
    return true;
  });

/** The messages that stay with this build. */
const runsOf = async (buildId: string, status: 'Running' | 'Completed') => {
  const ofBuild = `TemporalWorkerDeploymentVersion = '${DEPLOYMENT}:${buildId}'`;
  const version = `${ofBuild} AND TemporalWorkflowVersioningBehavior = 'Pinned'`;
  const query = `WorkflowType = 'processMessage' AND ExecutionStatus = '${status}' AND ${version}`;
  return (await bed.client.workflow.count(query)).count;
};

async function failedWorkflowTasks(ids: readonly string[]): Promise<string[]> {
  const failures = ids.map(async (id) => {
    const { events } = await bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`).fetchHistory();
    const failed = events?.find(({ workflowTaskFailedEventAttributes: failure }) => failure?.failure);
    return failed === undefined ? [] : [`${id}: ${failed.workflowTaskFailedEventAttributes?.failure?.message ?? ''}`];
  });
  return (await Promise.all(failures)).flat();
}

it('a build with other workflows takes the new messages, and the build of the 200 that are open finishes those', async () => {
  const old = await startWorker('pipeline', 'old');
  await makeCurrent('old');
  await bed.start('bridge/main.js');
  await bed.sendAll(before.records);
  // Nobody makes their calls yet: that is where all of them are when the new build comes.
  await waitUntil(`${String(OPEN)} open messages`, async () => (await runsOf('old', 'Running')) === OPEN, {
    timeoutMs: 60_000,
  });

  await startWorker('pipeline', 'new', changed.folder);
  await makeCurrent('new');
  // What it has in its memory must not be why they stay with their build.
  await old.kill();
  await startWorker('pipeline', 'old');
  await startWorker('llm', 'new');
  await bed.sendAll(after.records);
  const ids = [...before.ids, ...after.ids];
  await bed.ended(ids.length, { timeoutMs: 120_000 });

  const account = await takeAccount(bed);
  expectOneResultEach(account, ids);
  expect(ids.filter((id) => account.calls.get(id)?.length !== 1)).toEqual([]);
  expect(await runsOf('old', 'Completed')).toBe(before.ids.length);
  expect(await runsOf('new', 'Completed')).toBe(after.ids.length);
  expect(await failedWorkflowTasks(ids)).toEqual([]);
  const budget = await bed.client.workflow.getHandle(RATE_BUDGET.workflowId('openai')).describe();
  expect(budget.raw.workflowExecutionInfo?.versioningInfo).toMatchObject({
    deploymentVersion: { deploymentName: DEPLOYMENT, buildId: 'new' },
  });
});

it('a standalone that starts workflows beside a newer one begins none on its own build', async () => {
  const standalone = (buildId: string, build?: string) =>
    bed.start('main.js', {
      env: { TEMPORAL_WORKER_BUILD_ID: buildId },
      ...(build !== undefined && { build }),
    });
  await standalone('old');
  await makeCurrent('old');
  await bed.sendAll(before.records.slice(0, 20));
  await bed.ended(20);
  await standalone('new', changed.folder);
  await makeCurrent('new');
  await bed.sendAll(after.records);
  await bed.ended(60);
  expectOneResultEach(await takeAccount(bed), [...before.ids.slice(0, 20), ...after.ids]);
  expect(await runsOf('old', 'Completed')).toBe(20);
  expect(await runsOf('new', 'Completed')).toBe(after.ids.length);
});
