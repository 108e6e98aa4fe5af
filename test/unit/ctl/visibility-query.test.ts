import { UsageError } from '../../../ctl/command.ts';
import { parseAge, restrictQuery, toVisibilityQuery } from '../../../ctl/visibility-query.ts';

const now = new Date('2026-01-02T00:00:00Z');
const only = 'WorkflowType = "processMessage"';

describe('a filter as Temporal’s query', () => {
  test('is about message workflows only, whatever else runs in the namespace', () => {
    expect(toVisibilityQuery({ status: 'all' }, now)).toBe(only);
  });

  test.each([
    [{ status: 'open' as const }, 'ExecutionStatus = "Running"'],
    [{ status: 'failed' as const }, 'ExecutionStatus IN ("Failed", "Canceled", "Terminated", "TimedOut")'],
    [{ status: 'all' as const, type: 'chat' }, 'MessageType = "chat"'],
    [{ status: 'all' as const, tenant: 'acme' }, 'Tenant = "acme"'],
    [{ status: 'all' as const, failure: 'Output.Invalid' }, 'FailureType = "Output.Invalid"'],
    [{ status: 'all' as const, state: 'timed-out' }, 'ExecutionStatus = "TimedOut"'],
    [{ status: 'all' as const, state: 'dead-lettered' }, 'PipelineState = "dead-lettered"'],
    [{ status: 'all' as const, state: 'waiting-for-batch' }, 'PipelineState = "waiting-for-batch"'],
    [{ status: 'all' as const, olderThanMs: 86_400_000 }, 'StartTime < "2026-01-01T00:00:00.000Z"'],
  ])('%j narrows to %s', (filter, condition) => {
    expect(toVisibilityQuery(filter, now)).toBe(`${only} AND ${condition}`);
  });

  test('keeps a value with quotes a value', () => {
    const query = toVisibilityQuery({ status: 'all', tenant: '" OR Tenant != "\\' }, now);
    expect(query).toBe(`${only} AND Tenant = "\\" OR Tenant != \\"\\\\"`);
  });
});

test('a state that no message can have is refused, and the others are named', () => {
  const query = () => toVisibilityQuery({ status: 'all', state: 'nonsense' }, now);
  expect(query).toThrow(UsageError);
  expect(query).toThrow(
    'no state "nonsense": open, completed, failed, cancelled, terminated, timed-out, parked, waiting-for-batch, dead-lettered.',
  );
});

describe('an operator’s own query', () => {
  test('cannot reach past the messages that the command acts on', () => {
    expect(restrictQuery('Tenant = "a" OR Tenant = "b"', 'open')).toBe(
      `${only} AND ExecutionStatus IN ("Running") AND (Tenant = "a" OR Tenant = "b")`,
    );
  });

  test('never retries what ended with a result', () => {
    expect(restrictQuery('Tenant = "a"', 'open or failed')).not.toContain('Completed');
  });
});

describe('an age', () => {
  test.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseAge(text)).toBe(ms);
  });

  test.each(['', '10', 'm', '-1m', '1.5h', '10 m', '10min'])('"%s" is refused, not guessed', (text) => {
    expect(() => parseAge(text)).toThrow(UsageError);
  });
});
