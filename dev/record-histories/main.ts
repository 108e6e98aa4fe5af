import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { loadConfig } from '../../config/load.ts';
import { PROVIDER_BATCH } from '../../contracts/batch.ts';
import { RESUME_SIGNAL } from '../../contracts/pipeline.ts';
import { RATE_BUDGET, type OperatorWish, type ProviderNews } from '../../contracts/rate-budget.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { SPENDING, type UsedUp } from '../../contracts/spending.ts';
import { workflowIdOf } from '../../contracts/message-id.ts';
import { createKafka } from '../../kafka/client.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { connectTemporal } from '../../temporal/client.ts';
import { startPipelineProcess } from '../stack/pipeline-process.ts';
import { findProjectRoot } from '../stack/project-root.ts';
import { startStack, type Stack } from '../stack/start-stack.ts';
import { BATCH_TYPE, HISTORY_CASES, PARKED_CASE, PARKED_TENANT, type HistoryCase } from './cases.ts';
import { runOfItsOwn, RUNS_OF_THEIR_OWN } from './runs-of-their-own.ts';
import { hasCallUnderWay, until } from './until.ts';

/**
 * `npm run record-histories`: runs one message for each case through the real pipeline and keeps the histories as
 * `test/replay/histories/<workflow>.<case>.<version>.json`. Files of earlier versions stay: workflows they belong to may
 * still be open when a new version is deployed.
 */
const root = findProjectRoot();
const folder = join(root, 'test', 'replay', 'histories');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };

const stack = await startStack({ standIn: { latencyMs: 20 }, ui: false });
try {
  await record(stack);
} finally {
  await stack.stop();
}

async function record(stack: Stack): Promise<void> {
  const env = {
    ...stack.env,
    EXAMPLES_SOURCE: join(root, 'dev', 'samples', 'examples'),
    PROVIDERS_FILE: join(root, 'dev', 'record-histories', 'providers.yaml'),
    BUDGETS_FILE: join(root, 'dev', 'record-histories', 'budgets.yaml'),
    LLM_BATCH_TYPES: BATCH_TYPE,
    LLM_BATCH_WINDOW: '1s',
    LLM_BATCH_POLL_INTERVAL: '1s',
  };
  const config = loadConfig({ ...process.env, ...env });
  const pipeline = await startPipelineProcess({ entry: 'main.js', env });
  const { client, connection, close } = await connectTemporal(config.temporal);
  try {
    await pipeline.ready();
    const topic = config.kafka.inputTopics[0] ?? '';
    const producer = createKafka(config.kafka, createLogger('error'), 'record-histories').producer();
    await producer.connect();
    const send = (messages: HistoryCase['message'][]) =>
      producer.send({ topic, messages: messages.map((message) => ({ value: JSON.stringify(message) })) });
    await send(HISTORY_CASES.map(({ message }) => message));
    await mkdir(folder, { recursive: true });
    for (const historyCase of HISTORY_CASES) {
      const workflowId = workflowIdOf({ topic, partition: 0, offset: '0' }, historyCase.name);
      await keepRun(historyCase, await finished(client, workflowId, historyCase));
    }
    for (const run of RUNS_OF_THEIR_OWN) await keepRun(run, await runOfItsOwn(client, connection, run));
    await keep('refreshExamples.refreshed', await lastCompleted(client, 'refreshExamples'));
    await keep('providerBatch.ended', await lastCompleted(client, PROVIDER_BATCH.workflowType));
    const account = client.workflow.getHandle(SPENDING.workflowId);
    await until('a budget to be used up', async () => {
      return (await account.query<UsedUp, [string[]]>(SPENDING.usedUp, [PARKED_TENANT])).tenants.length > 0;
    });
    await send([PARKED_CASE.message]);
    const parked = client.workflow.getHandle(workflowIdOf({ topic, partition: 0, offset: '0' }, PARKED_CASE.name));
    await until('a message to be parked', async () => {
      return (await parked.describe()).typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState) === 'parked';
    });
    await account.signal(SPENDING.lift, PARKED_TENANT);
    await parked.signal(RESUME_SIGNAL);
    await keepRun(PARKED_CASE, await finished(client, parked.workflowId, PARKED_CASE));
    await keep('spending.used-up', account);
    const budget = client.workflow.getHandle(RATE_BUDGET.workflowId(config.providers.inOrder[0]?.name ?? ''));
    const news: ProviderNews = {
      refused: { pauseMs: 1 },
      breaker: { opened: { because: 'quota-exhausted', probeInMs: 1 } },
    };
    await budget.signal(RATE_BUDGET.report, 'recorder', news);
    const wish: OperatorWish = { limits: { requestsPerMinute: 60 }, isPaused: true };
    await budget.signal(RATE_BUDGET.control, wish);
    await keep('rateBudget.shared', budget);
    await producer.disconnect();
  } finally {
    await pipeline.stop();
    await close();
  }
}

async function finished(client: Client, workflowId: string, { name, ends }: HistoryCase): Promise<WorkflowHandle> {
  const handle = client.workflow.getHandle(workflowId);
  if (ends === 'CANCELLED') {
    await until(`${name} to reach its call`, () => hasCallUnderWay(handle));
    await handle.cancel();
  }
  await until(`${name} to end`, async () => (await handle.describe()).status.name !== 'RUNNING');
  return handle;
}

async function lastCompleted(client: Client, workflowType: string): Promise<WorkflowHandle> {
  for await (const run of client.workflow.list({
    query: `WorkflowType='${workflowType}' AND ExecutionStatus='Completed'`,
  })) {
    return client.workflow.getHandle(run.workflowId, run.runId);
  }
  throw new Error(`no ${workflowType} has completed`);
}

async function keepRun({ name, ends }: Pick<HistoryCase, 'name' | 'ends'>, handle: WorkflowHandle): Promise<void> {
  const { status } = await handle.describe();
  if (status.name !== ends) throw new Error(`${name} ended as ${status.name}, not as ${ends}`);
  await keep(`processMessage.${name}`, handle);
}

async function keep(name: string, handle: WorkflowHandle): Promise<void> {
  const file = join(folder, `${name}.${version}.json`);
  // Stack traces name files; where the clone stands is nobody's business.
  const history = historyToJSON(await handle.fetchHistory()).replaceAll(`${root}/`, '');
  await writeFile(file, `${history}\n`);
  process.stdout.write(`${file}\n`);
}
