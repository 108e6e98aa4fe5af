import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

// The first probe of a fault that meets every message comes after a minute and up to a fifth.
jest.setTimeout(180_000);

const CONCURRENCY = 20;

let bed: PipelineBed;
let standalone: PipelineProcess;
beforeAll(async () => {
  bed = await openPipelineBed('breaker', { standIn: { errorMix: { '401': 1 } } });
  standalone = await bed.start('main.js', { env: { LLM_MAX_CONCURRENCY: String(CONCURRENCY) } });
});
afterAll(() => bed.close());

async function gauge(name: string): Promise<number> {
  const text = await (await fetch(standalone.metricsUrl)).text();
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)$`, 'm').exec(text)?.[1]);
}

it('a key that is refused stops the calls, not the messages: they are done when it is accepted again', async () => {
  const { ids, records } = numbered('m', 100);
  await bed.sendAll(records);
  await waitUntil('all messages to be started and no call to be let out', async () => {
    const { count } = await bed.client.workflow.count(
      "WorkflowType = 'processMessage' AND ExecutionStatus = 'Running'",
    );
    const out = (await gauge('pipeline_llm_permits_held')) + (await gauge('pipeline_llm_in_flight'));
    return count === ids.length && out === 0 && (await gauge('pipeline_llm_breaker_state')) === 2;
  });
  const refused = (await bed.standIn.stats()).byStatus['401'];
  // The calls that had their permit when the first answer came, and no others.
  expect(refused).toBeLessThanOrEqual(2 * CONCURRENCY);

  await bed.standIn.configure({});
  await bed.ended(ids.length, { timeoutMs: 120_000 });
  expectOneResultEach(await takeAccount(bed), ids);
  expect((await bed.standIn.stats()).byStatus).toEqual({ '401': refused, '200': ids.length });
  expect(await gauge('pipeline_llm_breaker_state')).toBe(0);
});
