import { createStandInClient } from '../../../dev/standin/client.ts';
import { createRateLimits, formatDuration } from '../../../dev/standin/rate-limits.ts';
import { startStandIn } from '../../../dev/standin/start-standin.ts';

/** Calls at each time of a list, with the same cost; what came of them. */
function offer(limits: Parameters<typeof createRateLimits>[0], calls: { at: number[]; tokens?: number }) {
  const rateLimits = createRateLimits(limits);
  return calls.at.map((at) => rateLimits.decide(at, calls.tokens ?? 1));
}
const every = (stepMs: number, count: number) => Array.from({ length: count }, (_, index) => index * stepMs);

test('a client at exactly the rate is never refused', () => {
  const decisions = offer({ requestsPerMinute: 600 }, { at: every(100, 3_000) });
  expect(decisions.filter((decision) => !decision.allowed)).toEqual([]);
});

test('no second holds more than a sixtieth and a fifth of it', () => {
  const decisions = offer({ requestsPerMinute: 600 }, { at: every(10, 100) });
  expect(decisions.filter((decision) => decision.allowed)).toHaveLength(12);
});

test('no minute holds more than the limit, and whoever waits as told gets in', () => {
  const at = every(90, 667);
  const rateLimits = createRateLimits({ requestsPerMinute: 600 });
  const decisions = at.map((time) => ({ time, decision: rateLimits.decide(time, 1) }));
  expect(decisions.filter(({ decision }) => decision.allowed).length).toBe(600);
  const refused = decisions.find(({ decision }) => !decision.allowed);
  const retryAfterMs = refused?.decision.allowed === false ? refused.decision.retryAfterMs : undefined;
  expect(rateLimits.decide((refused?.time ?? 0) + (retryAfterMs ?? NaN), 1).allowed).toBe(true);
});

test('tokens are limited too, one large request may take a second for itself, and one above the limit never fits', () => {
  const [first, second, muchLater] = offer({ tokensPerMinute: 600 }, { at: [0, 100, 60_001], tokens: 500 });
  expect([first?.allowed, second?.allowed, muchLater?.allowed]).toEqual([true, false, true]);
  expect(second).toMatchObject({ over: 'tokens', limit: 600, used: 500, retryAfterMs: 59_900 });
  expect(offer({ tokensPerMinute: 600 }, { at: [0], tokens: 601 })[0]).toMatchObject({ retryAfterMs: undefined });
});

test('durations are written as OpenAI writes them', () => {
  expect([120, 7_660, 360_000].map(formatDuration)).toEqual(['120ms', '7.66s', '6m0s']);
});

test('over HTTP: 429 with the headers, the body and a ledger that shows both', async () => {
  const standIn = await startStandIn({ behaviour: { requestsPerMinute: 1, tokensPerMinute: 1_000 } });
  const call = (max_tokens: number) =>
    fetch(`${standIn.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'm', max_tokens, messages: [{ role: 'user', content: 'Hi' }] }),
    });
  const passed = await call(400);
  expect(passed.headers.get('x-ratelimit-remaining-tokens')).toBe('600');
  const refused = await call(1);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  expect(Object.fromEntries(refused.headers)).toMatchObject({
    'x-ratelimit-limit-requests': '1',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-limit-tokens': '1000',
  });
  expect(await refused.json()).toMatchObject({ error: { type: 'requests', param: null, code: 'rate_limit_exceeded' } });
  expect((await createStandInClient(standIn.url).stats()).byStatus).toEqual({ '200': 1, '429': 1 });
  await standIn.close();
});
