import { describe as describeLimits } from '../../../ctl/limits.ts';

const holder = { worker: 'host:1', limits: { requestsPerMinute: 600 }, busy: 0.98, share: 0.25, until: 12_000 };

test('limits are told as what each worker may use', () => {
  const text = describeLimits({ provider: 'openai', holders: [holder], pausedUntil: 0 }, 10_000);
  expect(text.split('\n')).toEqual([
    'openai',
    'WORKER  SHARE   REQUESTS/MIN  TOKENS/MIN  HELD BACK  LEASE ENDS IN',
    'host:1  25.0 %  150.0 of 600  -           98.0 %     2s',
  ]);
});

test('a pause is told, a lease that has ended is not', () => {
  const text = describeLimits({ provider: 'openai', holders: [holder], pausedUntil: 15_000 }, 12_000);
  expect(text).toBe('openai: paused for 3s, as the provider asked\nNo worker has a lease.');
});
