import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { StandInCall } from '../../dev/standin/client.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';

jest.setTimeout(120_000);

/**
 * Whatever a provider can answer, one message each, as the stand-in plays it: what the message says it is, and how it has to
 * end. What meets every message (a wrong key, no quota) is in `breaker.test.ts`.
 */
const WAITED_OUT = [
  'stand-in: 429 retry-after=3',
  'stand-in: 408',
  'stand-in: 409',
  'stand-in: 500',
  'stand-in: 502',
  'stand-in: 503',
  'stand-in: 529',
  'stand-in: reset',
  'stand-in: hang',
  'stand-in: stall-body',
];
const ASKED_AGAIN = ['stand-in: length times=1', 'stand-in: invalid-json'];
const DEAD_LETTERS = [
  { says: 'stand-in: 400', type: 'Provider.BadRequest', attempts: 1 },
  { says: 'stand-in: 422', type: 'Provider.BadRequest', attempts: 1 },
  { says: 'stand-in: context_length', type: 'Provider.ContextLength', attempts: 1 },
  { says: 'stand-in: prompt_filtered', type: 'Provider.ContentFiltered', attempts: 1 },
  { says: 'stand-in: content_filter', type: 'Provider.ContentFiltered', attempts: 1 },
  { says: 'stand-in: refusal', type: 'Provider.Refused', attempts: 1 },
  { says: 'stand-in: huge-body', type: 'Output.TooLarge', attempts: 1 },
  { says: 'stand-in: length', type: 'Output.Truncated', attempts: 2 },
  { says: 'stand-in: invalid-json times=2', type: 'Output.Invalid', attempts: 2 },
];

const idOf = (says: string) => says.replace(/[^\w-]+/g, '.');

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('outcomes');
  await bed.start('main.js', { env: { LLM_TIMEOUT_MS: '2000' } });
  await bed.sendAll(
    [...WAITED_OUT, ...ASKED_AGAIN, ...DEAD_LETTERS.map(({ says }) => says)].map((says) => {
      const payload = { text: `${idOf(says)}: which one? [${says}]`, labels: ['one', 'other'] };
      return { value: JSON.stringify({ id: idOf(says), type: 'classify', payload }) };
    }),
  );
});
afterAll(() => bed.close());

const runOf = (says: string) => bed.client.workflow.getHandle(`message:${bed.topics.input}:${idOf(says)}`);

async function callsOf(says: string): Promise<StandInCall[]> {
  const { runId } = await runOf(says).describe();
  return (await bed.standIn.calls()).filter(({ requestId }) => requestId?.startsWith(runId));
}

async function resultOf(says: string) {
  const record = await bed.resultOf(idOf(says));
  const { status, attempts } = JSON.parse(String(record.value)) as ResultMessage;
  return { status, attempts, calls: (await callsOf(says)).length };
}

it.each(WAITED_OUT)('[%s] is the world’s fault: waited out, two calls, two attempts, one result', async (says) => {
  expect(await resultOf(says)).toEqual({ status: 'completed', attempts: 2, calls: 2 });
});

it('a provider that says when to come back is not asked before', async () => {
  await bed.resultOf(idOf('stand-in: 429 retry-after=3'));
  const [refused, repeated] = await callsOf('stand-in: 429 retry-after=3');
  expect(repeated!.startedAt - refused!.startedAt).toBeGreaterThanOrEqual(3_000);
});

it.each(ASKED_AGAIN)('[%s] is asked again once: two calls, two attempts, one result', async (says) => {
  expect(await resultOf(says)).toEqual({ status: 'completed', attempts: 2, calls: 2 });
});

it.each(DEAD_LETTERS)('[$says] is the message’s fault: $type after $attempts', async ({ says, type, attempts }) => {
  const run = runOf(says);
  await expect(run.result()).rejects.toThrow();
  const letters = await bed.deadLetters.toEnd();
  const letter = letters.find((record) => headerText(record, 'dead-letter-workflow-id') === run.workflowId)!;
  expect(headerText(letter, 'dead-letter-failure-type')).toBe(type);
  expect(headerText(letter, 'dead-letter-attempts')).toBe(String(attempts));
  expect(await callsOf(says)).toHaveLength(attempts);
});
