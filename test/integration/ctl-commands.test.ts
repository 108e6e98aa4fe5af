import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, type Client } from '@temporalio/client';
import { workflowIdOf } from '../../contracts/message-id.ts';
import type { CompleteResult, PublishInput } from '../../contracts/pipeline.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { RefusedError } from '../../ctl/command.ts';
import { connectOperator } from '../../ctl/connect.ts';
import type { MessageDetails } from '../../ctl/message-details.ts';
import { loadOperatorConfig } from '../../ctl/operator-config.ts';
import type { RunSummary } from '../../ctl/run-summary.ts';
import { anAcceptedAnswer as answer, aProcessMessageInput } from '../support/messages.ts';
import { createOperator } from '../support/operator.ts';
import { testStack } from '../support/stack.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import { connectTestClient, runWorkflowWorkers, type TestActivities } from '../support/workflow-workers.ts';

const rejected = () => ApplicationFailure.nonRetryable('not JSON', 'Output.Invalid', { attempts: 2 });
const rateLimited = () =>
  ApplicationFailure.create({ type: 'Provider.RateLimited', message: 'slow down', nextRetryDelay: '10m' });

// A test that jest gave up on would go on polling the llm queue, and take the next test's calls.
jest.setTimeout(60_000);

let workerClient: Client;
let closeWorkerClient: () => Promise<void>;
let operator: Client;
beforeAll(async () => {
  ({ client: workerClient, close: closeWorkerClient } = await connectTestClient());
  const { namespace } = workerClient.options;
  operator = await connectOperator(loadOperatorConfig({ ...testStack().env, TEMPORAL_NAMESPACE: namespace }).temporal);
});
afterAll(async () => {
  await operator.connection.close();
  await closeWorkerClient();
});

describe('ctl retry', () => {
  test('runs a dead-lettered message again with its recorded input, as it was started', async () => {
    let answers: () => CompleteResult = () => {
      throw rejected();
    };
    await withPipeline({ complete: async () => answers() }, async ({ start, ctl, published }) => {
      const first = await start('order 1/é', { priority: 4 });
      await first.result().catch(() => undefined);
      answers = () => answer;
      expect((await ctl('retry', 'order 1/é')).ok).toBe(true);
      const second = operator.workflow.getHandle(first.workflowId);
      await second.result();
      const run = await second.describe();
      expect(run.runId).not.toBe(first.firstExecutionRunId);
      expect(run.priority?.priorityKey).toBe(4);
      expect(run.memo).toEqual({ note: 'kept' });
      expect(run.typedSearchAttributes.get(SEARCH_ATTRIBUTES.tenant)).toBe(first.tenant);
      // The failure belongs to the run before.
      expect(run.typedSearchAttributes.get(SEARCH_ATTRIBUTES.failureType)).toBeUndefined();
      expect(published.map(({ kind, record }) => [kind, record])).toEqual([
        ['dead-letter', aProcessMessageInput().record],
        ['result', aProcessMessageInput().record],
      ]);
    });
  });

  test('tries a message now that would wait ten minutes for the provider', async () => {
    let calls = 0;
    const complete = async () => {
      calls += 1;
      if (calls === 1) throw rateLimited();
      return answer;
    };
    await withPipeline({ complete }, async ({ start, ctl, waitingToRetry }) => {
      const handle = await start('patient');
      await waitingToRetry('patient');
      const { ok, results } = await ctl('retry', 'patient');
      expect(ok).toBe(true);
      expect(results.join()).toMatch(/complete is tried now, (10m|9m \d+s) earlier/);
      await handle.result();
      expect(calls).toBe(2);
    });
  });

  test('refuses what has a result already, and does the others all the same', async () => {
    let answers: () => CompleteResult = () => answer;
    await withPipeline({ complete: async () => answers() }, async ({ start, ctl }) => {
      await (await start('done')).result();
      answers = () => {
        throw rejected();
      };
      const failed = await start('failed');
      await failed.result().catch(() => undefined);
      answers = () => answer;
      const { ok, results, notes } = await ctl('retry', 'done', 'unknown', 'failed');
      expect(ok).toBe(false);
      expect(notes).toEqual([
        expect.stringContaining('has ended with a result'),
        expect.stringContaining('There is no message "unknown"'),
      ]);
      expect(results).toEqual([expect.stringContaining('started again')]);
      await operator.workflow.getHandle(failed.workflowId).result();
    });
  });
});

describe('ctl cancel', () => {
  /** A provider call that ends only when it is aborted. */
  const complete = async () => {
    const context = Context.current();
    const beats = setInterval(() => {
      context.heartbeat();
    }, 100);
    return context.cancelled.finally(() => {
      clearInterval(beats);
    });
  };

  test('ends an open message as Cancelled, once', async () => {
    await withPipeline({ complete }, async ({ start, ctl, published }) => {
      const handle = await start('unwanted');
      expect((await ctl('cancel', 'unwanted')).ok).toBe(true);
      await expect(handle.result()).rejects.toThrow();
      expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Cancelled' } }]);
      expect(await ctl('cancel', 'unwanted')).toMatchObject({
        ok: false,
        notes: [expect.stringContaining('has ended: cancelled')],
      });
    });
  });

  test('by query names the count and does nothing until that is confirmed', async () => {
    await withPipeline({ complete }, async ({ start, ctl, tenant, visible }) => {
      const handles = await Promise.all(['a', 'b', 'c'].map((id) => start(id)));
      await visible(3);
      const query = `Tenant = "${tenant}"`;
      await expect(ctl('cancel', '--query', query)).rejects.toThrow(RefusedError);
      await expect(ctl('cancel', '--query', query)).rejects.toThrow('3 message(s) match; nothing was done');
      for (const handle of handles) expect((await handle.describe()).status.name).toBe('RUNNING');
      const { ok, results } = await ctl('cancel', '--query', query, '--yes');
      expect({ ok, results }).toEqual({ ok: true, results: ['cancel: 3 done, 0 refused, of 3'] });
      for (const handle of handles) await expect(handle.result()).rejects.toThrow();
    });
  });
});

describe('ctl show and list', () => {
  test('tell where a message stands, why, and when it goes on', async () => {
    const complete = async () => {
      throw rateLimited();
    };
    await withPipeline({ complete }, async ({ start, ctl, tenant, visible, waitingToRetry }) => {
      const handle = await start('stuck');
      const details = await waitingToRetry('stuck');
      expect(details).toMatchObject({
        workflowId: handle.workflowId,
        state: 'open',
        type: 'summarize',
        tenant,
        currentDetails: 'waiting for the provider',
        pending: [{ activity: 'complete', lastFailure: 'Provider.RateLimited: slow down' }],
      });
      const text = (await ctl('show', 'stuck')).results.join('\n');
      expect(text).toMatch(/^complete +waiting to retry, attempt 2 in (10m|9m \d+s) /m);
      await visible(1);
      const { results } = await ctl('list', '--tenant', tenant, '--type', 'summarize', '--json');
      expect(JSON.parse(results.join())).toMatchObject([{ workflowId: handle.workflowId, state: 'open' }]);
      const { results: none } = await ctl('list', '--tenant', tenant, '--older-than', '1h');
      expect(none).toEqual(['No such messages.']);
      await handle.terminate('the test is over');
      const ended = JSON.parse((await ctl('show', 'stuck', '--json')).results.join()) as MessageDetails;
      expect(ended).toMatchObject({ state: 'terminated', failure: 'the test is over', pending: [] });
    });
  });
});

/** The real workflow with the given activities, messages on a topic of the test's own, and the commands to look at them. */
async function withPipeline(activities: Partial<TestActivities>, during: (pipeline: Pipeline) => Promise<void>) {
  const topic = `ctl-${randomUUID()}`;
  const published: PublishInput[] = [];
  const complete = {
    validate: async () => ({ type: 'summarize' }),
    preprocess: async () => ({
      kind: 'completion' as const,
      request: { messages: [{ role: 'user' as const, content: 'Summarize' }], maxOutputTokens: 100 },
      timeoutMs: 60_000,
    }),
    complete: async () => answer,
    publish: async (input: PublishInput) => {
      published.push(input);
      return { topic: 't', partition: 0, offset: '0' };
    },
    ...activities,
  };
  await runWorkflowWorkers({ client: workerClient, activities: complete }, (taskQueue) =>
    during(createPipeline({ topic, taskQueue, published })),
  );
}

type Pipeline = ReturnType<typeof createPipeline>;

function createPipeline({
  topic,
  taskQueue,
  published,
}: {
  topic: string;
  taskQueue: string;
  published: PublishInput[];
}) {
  const tenant = topic;
  const ctl = createOperator({ client: operator, inputTopics: [topic] });
  const show = async (id: string) => JSON.parse((await ctl('show', id, '--json')).results.join()) as MessageDetails;
  return {
    tenant,
    published,
    ctl,
    start: async (id: string, { priority }: { priority?: number } = {}) => {
      const handle = await operator.workflow.start('processMessage', {
        taskQueue,
        workflowId: workflowIdOf({ topic, partition: 0, offset: '7' }, id),
        args: [aProcessMessageInput()],
        memo: { note: 'kept' },
        typedSearchAttributes: [
          { key: SEARCH_ATTRIBUTES.messageType, value: 'summarize' },
          { key: SEARCH_ATTRIBUTES.tenant, value: tenant },
        ],
        ...(priority === undefined ? {} : { priority: { priorityKey: priority } }),
      });
      return Object.assign(handle, { tenant });
    },
    waitingToRetry: (id: string) =>
      waitUntil(`${id} to wait for its retry`, async () => {
        const details = await show(id);
        return details.pending.some(({ state }) => state === 'waiting to retry') && details;
      }),
    visible: (count: number) =>
      waitUntil(`${String(count)} messages to be found`, async () => {
        const { results } = await ctl('list', '--tenant', tenant, '--json');
        return (JSON.parse(results.join()) as RunSummary[]).length === count;
      }),
  };
}
