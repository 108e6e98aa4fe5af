import { createOutcomes } from '../../../bench/outcomes.ts';
import { settle } from '../../../bench/throughput/settle.ts';

describe('what became of the messages', () => {
  it('is lost when there is neither a result nor a dead letter', () => {
    const outcomes = createOutcomes(['a', 'b', 'c']);
    outcomes.noteResult('a', 10);
    outcomes.noteDeadLetter('b');
    expect(outcomes.settled()).toBe(2);
    expect(outcomes.tally()).toMatchObject({ lost: 1, deadLetters: 1, duplicates: 0 });
  });

  it('counts every further result of an id as a duplicate and keeps the first arrival', () => {
    const outcomes = createOutcomes(['a', 'b']);
    outcomes.noteResult('a', 10);
    outcomes.noteResult('a', 20);
    outcomes.noteResult('a', 30);
    expect(outcomes.settled()).toBe(1);
    expect(outcomes.tally()).toMatchObject({ lost: 1, duplicates: 2 });
    expect(outcomes.tally().resultAt.get('a')).toBe(10);
  });

  it('settles a message once, even with a result and a dead letter', () => {
    const outcomes = createOutcomes(['a', 'b']);
    outcomes.noteResult('a', 10);
    outcomes.noteDeadLetter('a');
    expect(outcomes.settled()).toBe(1);
    expect(outcomes.tally()).toMatchObject({ lost: 1, deadLetters: 1 });
  });

  it('ignores messages of another load', () => {
    const outcomes = createOutcomes(['a']);
    outcomes.noteResult('warm-up-1', 10);
    outcomes.noteDeadLetter('warm-up-2');
    expect(outcomes.tally()).toMatchObject({ lost: 1, deadLetters: 0, duplicates: 0 });
  });
});

describe('waiting for the outcomes', () => {
  const waiting = { label: 'Test', onProgress: () => undefined };

  it('ends with the last outcome', async () => {
    const outcomes = createOutcomes(['a']);
    const settled = settle({ ...waiting, outcomes, count: 1, feed: Promise.resolve(), stallMs: 60_000 });
    outcomes.noteResult('a', 1);
    await settled;
    expect(outcomes.settled()).toBe(1);
  });

  it('gives up on what does not arrive, and says so', async () => {
    const lines: string[] = [];
    const outcomes = createOutcomes(['a', 'b']);
    outcomes.noteResult('a', 1);
    await settle({
      ...waiting,
      outcomes,
      count: 2,
      feed: Promise.resolve(),
      stallMs: 30,
      onProgress: (line) => lines.push(line),
    });
    expect(lines).toEqual(['Test: nothing arrived for 0.03 s, giving up at 1']);
  });

  it('does not give up while messages are still being sent', async () => {
    const lines: string[] = [];
    const inner = createOutcomes(['a']);
    let sent: () => void = () => undefined;
    const feed = new Promise<void>((done) => (sent = done));
    let polls = 0;
    const outcomes = {
      ...inner,
      settled: () => {
        polls += 1;
        // By then the time to give up has passed several times over.
        if (polls === 10) {
          inner.noteResult('a', 1);
          sent();
        }
        return inner.settled();
      },
    };
    await settle({ ...waiting, outcomes, count: 1, feed, stallMs: 1, onProgress: (line) => lines.push(line) });
    expect(lines).toEqual([]);
    expect(outcomes.tally().lost).toBe(0);
  });

  it('fails at once when sending fails', async () => {
    const outcomes = createOutcomes(['a']);
    const feed = Promise.reject(new Error('no broker'));
    await expect(settle({ ...waiting, outcomes, count: 1, feed, stallMs: 60_000 })).rejects.toThrow('no broker');
  });
});
