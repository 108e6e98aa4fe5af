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

test('a second holds twice a sixtieth of the tokens, so that sizes may differ but bursts may not pass', () => {
  const decisions = offer({ tokensPerMinute: 60_000 }, { at: every(10, 10), tokens: 500 });
  expect(decisions.filter((decision) => decision.allowed)).toHaveLength(4);
});

describe('a limit that changes', () => {
  /** 600 calls of one token each, one every 100 ms from 0 on. */
  const afterAMinute = (limits: Parameters<typeof createRateLimits>[0]) => {
    const rateLimits = createRateLimits(limits);
    for (const at of every(100, 600)) rateLimits.decide(at, 1);
    return rateLimits;
  };

  test('halved: the last minute counts, so a call waits until half of it has passed', () => {
    const rateLimits = afterAMinute({ requestsPerMinute: 600 });
    rateLimits.change({ requestsPerMinute: 300 });
    // The 301st call, made at 30,000 ms, leaves the window at 90,000.
    expect(rateLimits.decide(60_000, 1)).toMatchObject({ allowed: false, limit: 300, used: 599, retryAfterMs: 30_000 });
    expect(rateLimits.decide(89_999, 1).allowed).toBe(false);
    expect(rateLimits.decide(90_000, 1).allowed).toBe(true);
  });

  test('doubled: there is room at once, for twice as many a second', () => {
    const rateLimits = afterAMinute({ requestsPerMinute: 600 });
    rateLimits.change({ requestsPerMinute: 1_200 });
    const decisions = every(10, 100).map((at) => rateLimits.decide(61_000 + at, 1));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(24);
  });

  test('set where there was none: what was used before counts', () => {
    const rateLimits = afterAMinute({});
    rateLimits.change({ tokensPerMinute: 600 });
    expect(rateLimits.decide(59_950, 1)).toMatchObject({ allowed: false, over: 'tokens', used: 600 });
  });

  test('a reset forgets what was used', () => {
    const rateLimits = afterAMinute({ requestsPerMinute: 600 });
    rateLimits.change({ requestsPerMinute: 60 });
    rateLimits.reset();
    expect(rateLimits.decide(60_000, 1).headers).toMatchObject({ 'x-ratelimit-remaining-requests': '59' });
  });
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

test('over HTTP: the ledger has what each call asked for and was charged, and a change of the limits keeps what was used', async () => {
  const standIn = await startStandIn({ behaviour: { tokensPerMinute: 1_000 } });
  const control = createStandInClient(standIn.url);
  const call = async (max_tokens: number) => {
    const body = JSON.stringify({ model: 'm', max_tokens, messages: [{ role: 'user', content: 'x'.repeat(200) }] });
    const response = await fetch(`${standIn.url}/chat/completions`, { method: 'POST', body });
    return response.headers.get('x-ratelimit-remaining-tokens');
  };
  expect(await call(900)).toBe('100');
  expect(await call(400)).toBe('100');
  await control.configure({ tokensPerMinute: 60_000 });
  // 50 tokens of prompt are more than the 10 allowed for output.
  expect(await call(10)).toBe('59050');
  expect((await control.calls()).map(({ askedTokens, chargedTokens }) => [askedTokens, chargedTokens])).toEqual([
    [900, 900],
    [400, 0],
    [50, 50],
  ]);
  await control.reset();
  expect(await call(10)).toBe('59950');
  await standIn.close();
});
