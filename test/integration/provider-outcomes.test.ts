import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { StandInCall } from '../../dev/standin/client.ts';
import { attemptsInHistory } from '../support/attempts.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';

jest.setTimeout(120_000);

/**
 * Whatever a provider can answer, one message each, as the stand-in plays it: what the message says it is, and how it has to
 * end. What meets every message (a wrong key, no quota) is in `breaker.test.ts`, a cancelled call in `cancellation.test.ts`.
 */
const WAITED_OUT = [
  '429',
  'slow_down',
  'flex_unavailable',
  '408',
  '409',
  '425',
  '498',
  '500',
  '502',
  '503',
  'server_busy',
  '504',
  '529',
  'rate_limit_in_200',
  'server_error_in_200',
  'reset',
  'cut-body',
  'hang',
  'stall-body',
];
/** Unasked, the next attempt comes after one second, or after the two for which the 429 holds everybody back. */
const TOLD_WHEN = [
  { says: '429 retry-after=2', ms: 2_000 },
  { says: '500 retry-after=4', ms: 4_000 },
  { says: '500 retry-after-ms=4000', ms: 4_000 },
  { says: '500 x-ms-retry-after-ms=4000', ms: 4_000 },
  { says: '500 retry-after-date=4', ms: 4_000 },
  { says: '500 limit-reset=4', ms: 4_000 },
  { says: '500 retry-after-ms=500 retry-after=4', ms: 4_000 },
];
const ASKED_AGAIN = ['length times=1', 'invalid-json'];
const DEAD_LETTERS = [
  { says: '400', type: 'Provider.BadRequest', attempts: 1 },
  { says: '422', type: 'Provider.BadRequest', attempts: 1 },
  { says: '413', type: 'Provider.ContextLength', attempts: 1 },
  { says: 'request_too_large', type: 'Provider.ContextLength', attempts: 1 },
  { says: 'context_length', type: 'Provider.ContextLength', attempts: 1 },
  { says: 'context_length_without_code', type: 'Provider.ContextLength', attempts: 1 },
  { says: 'prompt_filtered', type: 'Provider.ContentFiltered', attempts: 1 },
  { says: 'invalid_prompt', type: 'Provider.ContentFiltered', attempts: 1 },
  { says: 'moderation', type: 'Provider.ContentFiltered', attempts: 1 },
  { says: 'content_filter', type: 'Provider.ContentFiltered', attempts: 1 },
  { says: 'refusal', type: 'Provider.Refused', attempts: 1 },
  { says: 'huge-body', type: 'Output.TooLarge', attempts: 1 },
  { says: 'length', type: 'Output.Truncated', attempts: 2 },
  { says: 'invalid-json times=2', type: 'Output.Invalid', attempts: 2 },
];
/** So many that two of three calls end well: half would be an outage, which stops all calls for seconds. */
const ORDINARY = 45;

const idOf = (says: string) => says.replace(/[^\w-]+/g, '.');

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('outcomes');
  await bed.start('main.js', { env: { LLM_TIMEOUT_MS: '2000', LLM_MAX_CONCURRENCY: '100' } });
  const failing = [...WAITED_OUT, ...TOLD_WHEN.map(({ says }) => says)].map(faulty);
  const others = [
    ...[...ASKED_AGAIN, ...DEAD_LETTERS.map(({ says }) => says)].map(faulty),
    ...Array.from({ length: ORDINARY }, (_, index) => record(`ordinary-${String(index)}`)),
  ];
  await bed.sendAll(others.flatMap((other, index) => [other, ...(index % 2 === 0 ? failing.splice(0, 1) : [])]));
});
afterAll(() => bed.close());

const faulty = (says: string) => record(idOf(says), `[stand-in: ${says}]`);

function record(id: string, directive = '') {
  const payload = { text: `${id}: which one? ${directive}`, labels: ['one', 'other'] };
  return { value: JSON.stringify({ id, type: 'classify', payload }) };
}

const runOf = (says: string) => bed.client.workflow.getHandle(`message:${bed.topics.input}:${idOf(says)}`);

async function callsOf(says: string): Promise<StandInCall[]> {
  const { runId } = await runOf(says).describe();
  return (await bed.standIn.calls()).filter(({ requestId }) => requestId?.startsWith(runId));
}

/** As the result, the ledger and the history have it. */
async function outcomeOf(says: string) {
  // On a busy machine the faults look like an outage, which stops all calls for a while.
  const { value } = await bed.resultOf(idOf(says), { timeoutMs: 90_000 });
  const { status, attempts } = JSON.parse(String(value)) as ResultMessage;
  const inHistory = await attemptsInHistory(runOf(says));
  return { status, attempts, inHistory, calls: (await callsOf(says)).length };
}
const TWO_CALLS = { status: 'completed', attempts: 2, inHistory: 2, calls: 2 };

it.each(WAITED_OUT)('[%s] is the world’s fault: waited out, two calls, two attempts, one result', async (says) => {
  expect(await outcomeOf(says)).toEqual(TWO_CALLS);
});

it.each(TOLD_WHEN)('[$says] says when to come back, and is not asked before', async ({ says, ms }) => {
  expect(await outcomeOf(says)).toEqual(TWO_CALLS);
  const [refused, repeated] = await callsOf(says);
  expect(repeated!.startedAt - refused!.startedAt).toBeGreaterThanOrEqual(ms);
});

it.each(ASKED_AGAIN)('[%s] is asked again once: two calls, two attempts, one result', async (says) => {
  expect(await outcomeOf(says)).toEqual(TWO_CALLS);
});

it.each(DEAD_LETTERS)('[$says] is the message’s fault: $type after $attempts', async ({ says, type, attempts }) => {
  const run = runOf(says);
  await expect(run.result()).rejects.toThrow();
  const letters = await bed.deadLetters.toEnd();
  const letter = letters.find((one) => headerText(one, 'dead-letter-workflow-id') === run.workflowId)!;
  expect(headerText(letter, 'dead-letter-failure-type')).toBe(type);
  expect(headerText(letter, 'dead-letter-attempts')).toBe(String(attempts));
  expect(await attemptsInHistory(run)).toBe(attempts);
  expect(await callsOf(says)).toHaveLength(attempts);
});

it('nothing else became a dead letter, and nothing was called but for these', async () => {
  await bed.ended(WAITED_OUT.length + TOLD_WHEN.length + ASKED_AGAIN.length + DEAD_LETTERS.length + ORDINARY);
  expect(await bed.deadLetters.toEnd()).toHaveLength(DEAD_LETTERS.length);
  const letterCalls = DEAD_LETTERS.reduce((sum, { attempts }) => sum + attempts, 0);
  const twice = WAITED_OUT.length + TOLD_WHEN.length + ASKED_AGAIN.length;
  expect((await bed.standIn.stats()).total).toBe(2 * twice + letterCalls + ORDINARY);
});
