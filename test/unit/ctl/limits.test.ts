import { describe as describeLimits, type ProviderLimits } from '../../../ctl/limits.ts';

const used = { requestsPerMinute: 147.26, tokensPerMinute: 9_000 };
const holder = { worker: 'host:1', limits: { requestsPerMinute: 600 }, used, busy: 0.98, share: 0.25, until: 12_000 };
const state: ProviderLimits = {
  provider: 'openai',
  holders: [holder],
  pausedUntil: 0,
  wished: {},
  learned: {},
  learnedAt: 0,
  cuts: {},
  rates: { requestsPerMinute: 600 },
  isPaused: false,
};
const firstLine = (limits: Partial<ProviderLimits>, now = 10_000) =>
  describeLimits({ ...state, ...limits }, now).split('\n')[0];

test('limits are told as what all may use, and what of it each worker', () => {
  expect(describeLimits(state, 10_000).split('\n')).toEqual([
    'openai: calls go out',
    'LIMIT         CONFIGURED  SET  BY HEADERS  USED   NOW',
    'requests/min  600         -    -           147.3  600',
    'tokens/min    -           -    -           9000   not limited',
    'WORKER  SHARE   REQUESTS/MIN  TOKENS/MIN  HELD BACK  LEASE ENDS IN',
    'host:1  25.0 %  150           -           98.0 %     2s',
  ]);
});

test('where a limit comes from is told, and that it is lower for a while', () => {
  const told = describeLimits(
    {
      ...state,
      wished: { requestsPerMinute: 900 },
      learned: { requestsPerMinute: 500, tokensPerMinute: 90_000 },
      rates: { requestsPerMinute: 350.04, tokensPerMinute: 90_000 },
      cuts: { requestsPerMinute: { at: 0, from: 500, to: 350, backInMs: 1, count: 1 } },
      holders: [],
    },
    10_000,
  );
  expect(told.split('\n').slice(2)).toEqual([
    'requests/min  -           900  500         0     350, lower after refused calls',
    'tokens/min    -           -    90000       0     90000',
    'No worker has a lease.',
  ]);
});

test('why no calls go out is told', () => {
  expect(firstLine({ pausedUntil: 15_000 }, 12_000)).toBe('openai: paused for 3s, as the provider asked');
  expect(firstLine({ isPaused: true })).toBe('openai: paused by an operator: no calls');
  const open = { because: 'authentication', since: 4_000, prober: 'host:1', probeAt: 40_000 };
  expect(firstLine({ open })).toBe('openai: no calls for 6s, because of authentication; the next probe in 30s');
  expect(firstLine({ open }, 41_000)).toBe('openai: no calls for 37s, because of authentication; a probe is due');
});
