import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { BUNDLE_OPTIONS } from '../../workers/workflow-bundle.ts';

/**
 * Histories recorded with `npm run record-histories`, of this version and of every earlier one: a workflow change that
 * would strand the messages that are open while it is deployed fails here.
 */
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const folder = path('./histories');
const histories = readdirSync(folder).filter((file) => file.endsWith('.json'));
const { version } = JSON.parse(readFileSync(path('../../package.json'), 'utf8')) as { version: string };
const read = (file: string) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as object;

beforeAll(() => {
  // The replay that has to fail would print itself.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {} } },
  });
});

async function replay(workflowsPath: string, file: string) {
  const workflowBundle = await bundleOf(workflowsPath);
  await Worker.runReplayHistory({ workflowBundle }, read(file), 'message:llm.requests:replayed');
}

const bundles = new Map<string, Promise<{ code: string }>>();
function bundleOf(workflowsPath: string): Promise<{ code: string }> {
  const existing =
    bundles.get(workflowsPath) ??
    bundleWorkflowCode({ workflowsPath, ...BUNDLE_OPTIONS, logger: new DefaultLogger('ERROR') });
  bundles.set(workflowsPath, existing);
  return existing;
}

test.each([
  'processMessage.completed',
  'processMessage.without-a-model',
  'processMessage.asked-again',
  'processMessage.retried',
  'processMessage.invalid',
  'processMessage.refused',
  'processMessage.too-long',
  'processMessage.cancelled',
  'processMessage.parked',
  'processMessage.batched',
  'processMessage.batched-twice',
  'processMessage.last-resort',
  'processMessage.last-resort-cancelled',
  'processMessage.cancelled-at-once',
  'providerBatch.ended',
  'refreshExamples.refreshed',
  'rateBudget.shared',
  'spending.used-up',
])('%s is recorded with the version in package.json: otherwise run `npm run record-histories`', (name) => {
  expect(histories).toContain(`${name}.${version}.json`);
});

test.each(histories)(
  '%s replays with the workflows as they are',
  async (file) => {
    await replay(path('../../workflows/index.ts'), file);
  },
  60_000,
);

test('a workflow that takes its steps in another order fails the recorded histories', async () => {
  const completed = histories.find((file) => file === `processMessage.completed.${version}.json`) ?? '';
  await expect(replay(path('./changed-workflow.ts'), completed)).rejects.toThrow(DeterminismViolationError);
}, 60_000);
