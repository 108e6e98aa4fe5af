import { parseOptions } from '../../../dev/demo/options.ts';
import { renderTable } from '../../../dev/demo/table.ts';
import { toState } from '../../../dev/demo/workflow-state.ts';
import { UsageError } from '../../../dev/usage-error.ts';

type Description = Parameters<typeof toState>[0];
const running = (pending: object[] = []) =>
  ({ status: { code: 1, name: 'RUNNING' }, raw: { pendingActivities: pending } }) as unknown as Description;
const complete = (more: object) => ({ activityType: { name: 'complete' }, attempt: 1, state: 1, ...more });
const NOW = 1_700_000_000_000;

test.each([
  ['in its workflow', []],
  ['waits for a permit', [complete({})]],
  ['asking the LLM', [complete({ state: 2 })]],
  ['asking the LLM, attempt 3', [complete({ state: 2, attempt: 3 })]],
])('a running workflow is "%s"', (text, pending) => {
  expect(toState(running(pending), NOW).text).toBe(text);
});

test('a retry says why, and for how long; only the seconds change', () => {
  const waiting = complete({
    attempt: 2,
    lastFailure: { message: 'm', applicationFailureInfo: { type: 'Provider.RateLimited' } },
    nextAttemptScheduleTime: { seconds: { toString: () => String(NOW / 1_000 + 7) } },
  });
  const phase = 'waits after Provider.RateLimited, attempt 2';
  expect(toState(running([waiting]), NOW)).toEqual({ phase, text: `${phase} in 7 s` });
  expect(toState(running([waiting]), NOW + 10_000)).toEqual({ phase, text: phase });
});

test('a table never exceeds its width, and foreign text cannot break it', () => {
  const columns = [
    { title: 'a', max: 5 },
    { title: 'n', max: 3, right: true },
    { title: 'rest', max: 100 },
  ];
  const lines = renderTable(
    columns,
    [
      ['abcdefgh', '7', 'x\n\x1b[2Jy'],
      ['b', '12', '👍'.repeat(50)],
    ],
    30,
  );
  expect(lines).toEqual(['  a       n  rest', '  abcd…   7  x [2Jy', `  b      12  ${'👍'.repeat(16)}…`]);
});

test('unknown arguments are one error that lists the known ones', () => {
  expect(() => parseOptions(['--onec', 'mail', '-x'])).toThrow(
    'Unknown: --onec, mail, -x. Known: --once, --messages, --corpus, --help.',
  );
  for (const wrong of [['--messages', '0'], ['--messages'], ['--corpus', 'books'], ['--once=1']]) {
    expect(() => parseOptions(wrong)).toThrow(UsageError);
  }
  expect(parseOptions(['--once', '--messages=40'])).toMatchObject({ once: true, messages: 40, corpus: undefined });
});
