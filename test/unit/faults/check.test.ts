import { check } from '../../../faults/checker/check.ts';
import type { Evidence, SentRecord } from '../../../faults/checker/evidence.ts';
import { aCall, aDeadLetter, aResult, aValue, keptPromises, sent } from './evidence.ts';

const problemsOf = (changed: Partial<Evidence>, allows = {}) =>
  check({ ...keptPromises(), ...changed }, allows).problems;

it('finds nothing where every promise was kept', () => {
  expect(check(keptPromises())).toEqual({
    ...{ messages: 3, lost: 0, altered: 0, duplicates: 0, calls: 2, llmCallsOverFaults: 0 },
    problems: [],
  });
});

describe('accounting', () => {
  it('finds a message without a result', () => {
    const verdict = check({ ...keptPromises(), results: [aResult('a')] });
    expect(verdict.lost).toBe(1);
    expect(verdict.problems).toEqual(['neither a result nor a dead letter: b at 0:1']);
  });

  it('finds a refused record without a dead letter', () => {
    expect(check({ ...keptPromises(), deadLetters: [] }).lost).toBe(1);
  });

  it('finds a dead letter of another type', () => {
    expect(problemsOf({ deadLetters: [aDeadLetter('2', 'Internal')] })).toEqual([
      'ended otherwise than expected: record at 0:2 (as Internal)',
    ]);
  });

  it('finds a dead letter beside a result', () => {
    const deadLetters = [...keptPromises().deadLetters, aDeadLetter('0', 'Internal')];
    expect(problemsOf({ deadLetters })).toEqual([
      'ended otherwise than expected: a at 0:0 (as Internal beside a result)',
    ]);
  });

  it('takes either end where either is allowed', () => {
    const either = [sent('0', 'a', { result: 'a', deadLetter: 'Cancelled' })];
    const changed = { sent: either, calls: [], deadLetters: [], partitions: [], commits: [] };
    expect(problemsOf({ ...changed, results: [aResult('a')] })).toEqual([]);
    expect(problemsOf({ ...changed, results: [], deadLetters: [aDeadLetter('0', 'Cancelled')] })).toEqual([]);
    expect(check({ ...keptPromises(), ...changed, results: [] }).lost).toBe(1);
  });

  it('takes one end, not both, where either is allowed', () => {
    const either = [sent('0', 'a', { result: 'a', deadLetter: 'Cancelled' })];
    const changed = { sent: either, calls: [], partitions: [], commits: [] };
    const verdict = check({
      ...{ ...keptPromises(), ...changed },
      ...{ results: [aResult('a')], deadLetters: [aDeadLetter('0', 'Cancelled')] },
    });
    expect(verdict.lost).toBe(1);
    expect(verdict.problems).toEqual(['ended otherwise than expected: a at 0:0 (as Cancelled beside a result)']);
  });

  it('takes a dead letter of a record whose id another record has its result under', () => {
    const impostor = sent('3', 'a', { deadLetter: 'Message.IdConflict' });
    const changed = {
      sent: [...keptPromises().sent, impostor],
      deadLetters: [...keptPromises().deadLetters, aDeadLetter('3', 'Message.IdConflict')],
    };
    expect(problemsOf(changed)).toEqual([]);
  });

  it('finds records that belong to no input', () => {
    expect(problemsOf({ results: [...keptPromises().results, aResult('c')] })).toEqual([
      'a result nobody asked for: c',
    ]);
    expect(problemsOf({ deadLetters: [...keptPromises().deadLetters, aDeadLetter('7', 'Internal')] })).toEqual([
      'a dead letter of a record nobody sent: 0:7 Internal',
    ]);
  });
});

it('finds a dead letter with other bytes than its input, unless it says that it was reduced', () => {
  const letter = aDeadLetter('2', 'Message.Unreadable', { value: Buffer.from('x') });
  const verdict = check({ ...keptPromises(), deadLetters: [letter] });
  expect(verdict.altered).toBe(1);
  expect(verdict.problems).toEqual(['a dead letter with other bytes than its input: 0:2']);
  const headers = { ...letter.headers, 'dead-letter-omitted-bytes': Buffer.from('9') };
  expect(problemsOf({ deadLetters: [{ ...letter, headers }] })).toEqual([]);
});

describe('repeats', () => {
  const twice = { results: [...keptPromises().results, aResult('a')] };

  it('counts a repeated result, and wants a reason for it', () => {
    expect(check({ ...keptPromises(), ...twice }).duplicates).toBe(1);
    expect(problemsOf(twice)).toEqual(['repeated without a reason: a (2 times)']);
    expect(problemsOf(twice, { repeatedRecords: 'a crash' })).toEqual([]);
  });

  it.each([
    { part: 'value', change: { value: Buffer.from('{}') } },
    { part: 'key', change: { key: Buffer.from('other') } },
    { part: 'headers', change: { headers: { 'message-id': Buffer.from('a'), 'run-id': Buffer.from('another run') } } },
  ])('finds a repeat with another $part, whatever the reason', ({ change }) => {
    const results = [...keptPromises().results, aResult('a', change)];
    const verdict = check({ ...keptPromises(), results }, { repeatedRecords: 'a crash' });
    expect(verdict.altered).toBe(1);
    expect(verdict.problems).toContain('repeated with other bytes: a');
  });
});

describe('results', () => {
  const [a, b, refused] = keptPromises().sent as [SentRecord, SentRecord, SentRecord];
  const withResult = (change: Parameters<typeof aResult>[1], input: Partial<SentRecord> = {}) =>
    check({ ...keptPromises(), sent: [{ ...a, ...input }, b, refused], results: [aResult('a', change), aResult('b')] });
  const value = (change: object) => ({ value: Buffer.from(JSON.stringify({ ...aValue('a'), ...change })) });

  it.each([
    { what: 'another id', change: value({ id: 'b' }) },
    { what: 'another source', change: value({ source: b.source }) },
    { what: 'another source', change: value({ source: { ...a.source, topic: 'other' } }) },
    { what: 'another source', change: { value: Buffer.from('no JSON') } },
    { what: 'another source', change: { value: null } },
    { what: 'another key', change: { key: Buffer.from('b') } },
    { what: 'another key', change: { key: null } },
  ])('finds one with $what than its input', ({ what, change }) => {
    const verdict = withResult(change);
    expect(verdict.altered).toBe(1);
    expect(verdict.problems).toEqual([`a result that is not its input’s: a (${what})`]);
  });

  it('takes the key that was sent, also an empty one, and the id for none', () => {
    expect(withResult({ key: Buffer.from([0xff]) }, { key: Buffer.from([0xff]) }).problems).toEqual([]);
    expect(withResult({ key: Buffer.alloc(0) }, { key: Buffer.alloc(0) }).problems).toEqual([]);
    expect(withResult({}, { key: Buffer.alloc(0) }).altered).toBe(1);
  });

  it('finds an answer that was given to another message', () => {
    const answers = { answer: 'a:' };
    expect(withResult({}, answers).problems).toEqual([]);
    const verdict = withResult(value({ output: { summary: 'b: a text' } }), answers);
    expect(verdict.altered).toBe(1);
    expect(verdict.problems).toEqual(['a result that is not its input’s: a (another answer)']);
    expect(withResult(value({ output: null }), answers).altered).toBe(1);
  });

  it('takes the place of any of the records that were sent with the id, but not of one that was refused', () => {
    const again = [sent('5', 'a', { result: 'a' }), sent('6', 'a', { deadLetter: 'Message.IdConflict' })];
    const from = (offset: string) => {
      const results = [aResult('a', value({ source: { ...a.source, offset } })), aResult('b')];
      const deadLetters = [...keptPromises().deadLetters, aDeadLetter('6', 'Message.IdConflict')];
      return problemsOf({ sent: [...keptPromises().sent, ...again], results, deadLetters });
    };
    expect(from('5')).toEqual([]);
    expect(from('6')).toEqual(['a result that is not its input’s: a (another source)']);
  });

  it('takes the place of what its sender repeated, when that has the bytes of its input', () => {
    const results = [aResult('a', value({ source: { ...a.source, offset: '7' } })), aResult('b')];
    const found = (content: string) =>
      problemsOf({ sent: [{ ...a, content: 'of a' }, b, refused], copies: new Map([['0:7', content]]), results });
    expect(found('of a')).toEqual([]);
    expect(found('of b')).toEqual(['a result that is not its input’s: a (another source)']);
  });

  it('counts one that is written again once', () => {
    const results = [...['a', 'a'].map((id) => aResult(id, value({ id: 'b' }))), aResult('b')];
    expect(check({ ...keptPromises(), results }).altered).toBe(1);
  });
});

describe('calls', () => {
  const again = (first: Parameters<typeof aCall>[1]) => ({ calls: [aCall('a', first), aCall('a'), aCall('b')] });

  it('finds a message that was paid for twice', () => {
    const verdict = check({ ...keptPromises(), ...again({}) });
    expect(verdict.llmCallsOverFaults).toBe(1);
    expect(verdict.problems).toEqual(['called again although no fault hit the call before: a']);
  });

  it.each([
    { status: 500 },
    { fault: '429', status: 429 },
    { fault: 'stall-body', status: null, aborted: true },
    { fault: 'reset', status: null },
  ])('may be repeated after one that the ledger shows as failed: %p', (first) => {
    expect(problemsOf(again(first))).toEqual([]);
  });

  it.each([
    { fault: '400', status: 400 },
    { fault: 'moderation', status: 403 },
    { fault: 'request_too_large', status: 429 },
    { fault: 'content_filter' },
    { fault: 'refusal' },
    { fault: 'huge-body', aborted: true },
    { status: 400 },
  ])('may not be repeated after an answer that ends the message: %p', (first) => {
    expect(check({ ...keptPromises(), ...again(first) }).llmCallsOverFaults).toBe(1);
  });

  it('may be repeated once after an answer that does not hold', () => {
    const cut = (times: number) => ({
      calls: [...Array.from({ length: times }, () => aCall('a', { fault: 'length' })), aCall('b')],
    });
    expect(problemsOf(cut(2))).toEqual([]);
    expect(check({ ...keptPromises(), ...cut(3) }).llmCallsOverFaults).toBe(1);
    expect(problemsOf({ ...cut(3), windows: [{ from: 1_650, to: 1_650 }] }, { repeatedCalls: 'killed' })).toEqual([]);
  });

  it('may be repeated after one that the client broke off only where the case broke something then', () => {
    const brokenOff = again({ aborted: true, status: null });
    const windows = [{ from: 1_650, to: 1_650 }];
    expect(check({ ...keptPromises(), ...brokenOff, windows }).llmCallsOverFaults).toBe(1);
    expect(check({ ...keptPromises(), ...brokenOff }, { repeatedCalls: 'killed' }).llmCallsOverFaults).toBe(1);
    expect(problemsOf({ ...brokenOff, windows }, { repeatedCalls: 'killed' })).toEqual([]);
  });

  it('may be repeated after a fault of the case, if the case says that it can cost calls', () => {
    const windows = [{ from: 1_650, to: 1_650 }];
    expect(problemsOf({ ...again({}), windows }, { repeatedCalls: 'killed' })).toEqual([]);
    expect(problemsOf({ ...again({}), windows })).toHaveLength(1);
  });

  it('may not be repeated because of a fault at another time', () => {
    const before = [{ from: -10_000, to: -9_000 }];
    const later = [{ from: 60_000, to: 61_000 }];
    expect(problemsOf({ ...again({}), windows: before }, { repeatedCalls: 'killed' })).toHaveLength(1);
    expect(problemsOf({ ...again({}), windows: later }, { repeatedCalls: 'killed' })).toHaveLength(1);
  });
});

describe('offsets', () => {
  it('finds one that was committed before its workflow was started', () => {
    const commits = [{ at: 500, offsets: new Map([[0, 1n]]) }];
    expect(problemsOf({ commits })).toEqual(['committed before it was durable: 0:0']);
  });

  it('finds one that was committed before its dead letter was written', () => {
    const commits = [{ at: 1_200, offsets: new Map([[0, 3n]]) }];
    expect(problemsOf({ commits })).toEqual(['committed before it was durable: 0:2']);
  });

  it('finds a partition that was not committed to its end', () => {
    expect(problemsOf({ partitions: [{ partition: 0, end: '3', committed: '2' }] })).toEqual([
      'not committed to the end: partition 0 at 2 of 3',
    ]);
  });
});

it('finds a second workflow, and one that is open', () => {
  const [first] = keptPromises().runs;
  const open = { workflowId: 'message:in:c', status: 'RUNNING', startedAt: 1_000 };
  expect(problemsOf({ runs: [...keptPromises().runs, first!, open] })).toEqual([
    'a second workflow: message:in:a',
    'still open: message:in:c',
  ]);
});

it('finds a process that ended otherwise than it should, a paused bridge, and the secret', () => {
  const processes = [
    { name: 'llm-1', expected: 'SIGKILL', actual: 'SIGKILL' },
    { name: 'bridge-1', expected: 0, actual: 70 },
    { name: 'llm-2', expected: 'running', actual: 70 },
  ] as const;
  expect(problemsOf({ processes, pausedBridges: ['bridge-1'], secretIn: ['llm-1.log'] })).toEqual([
    'ended otherwise than it should: bridge-1 (70 instead of 0), llm-2 (70 instead of running)',
    'partitions still paused by: bridge-1',
    'the secret was found in: llm-1.log',
  ]);
});
