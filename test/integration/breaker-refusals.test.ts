import type { ResultMessage } from '../../contracts/pipeline.ts';
import { attemptsInHistory } from '../support/attempts.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';

// The first probe of a fault that meets every message comes after a minute and up to a fifth.
jest.setTimeout(180_000);

/** The codes of OpenAI for money and limits that waiting does not bring back. */
const QUOTAS = [
  'insufficient_quota',
  'credit_balance_exhausted',
  'organization_spend_limit_exceeded',
  'project_spend_limit_exceeded',
  'organization_usage_limit_exceeded',
];

let bed: PipelineBed;
beforeAll(async () => {
  // All are called before the first answer stops the calls: where nothing is known of a provider's limits, calls begin one by one.
  bed = await openPipelineBed('refusals', { standIn: { latencyMs: 2_000 } });
  await bed.start('main.js', { env: { LLM_MAX_CONCURRENCY: '20', LLM_REQUESTS_PER_MINUTE: '6000' } });
});
afterAll(() => bed.close());

it('refused keys, rights, models and quotas are nobody’s dead letter: the calls are made again, once each', async () => {
  const ids = ['401', '403', '404', '402', ...QUOTAS];
  await bed.sendAll(
    ids.map((id) => {
      const payload = { text: `Once. [stand-in: ${id} times=1]` };
      return { value: JSON.stringify({ id, type: 'summarize', payload }) };
    }),
  );
  for (const id of ids) {
    const result = JSON.parse(String((await bed.resultOf(id, { timeoutMs: 150_000 })).value)) as ResultMessage;
    expect(result).toMatchObject({ status: 'completed', attempts: 2 });
    expect(await attemptsInHistory(bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`))).toBe(2);
  }
  const refusals = { '401': 1, '402': 1, '403': 1, '404': 1, '429': QUOTAS.length };
  expect((await bed.standIn.stats()).byStatus).toEqual({ '200': ids.length, ...refusals });
  expect(await bed.deadLetters.toEnd()).toEqual([]);
});
