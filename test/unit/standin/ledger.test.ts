import { createLedger } from '../../../dev/standin/ledger.ts';

function setup(capacity = 100) {
  const clock = { ms: 1_000_000 };
  const ledger = createLedger({ capacity, now: () => clock.ms });
  const begin = (at: number, promptHash = 'p') => {
    clock.ms = 1_000_000 + at;
    const sequence = ledger.begin('id');
    ledger.identify(sequence, { promptHash, prompt: 'x'.repeat(200) });
    return sequence;
  };
  return { ledger, begin };
}

test('the largest number of starts in any second is found across second boundaries', () => {
  const { ledger, begin } = setup();
  for (const at of [0, 900, 950, 1_050, 1_899, 1_900, 5_000]) begin(at);
  expect(ledger.stats()).toMatchObject({ maxStartsInOneSecond: 4, startsPerSecond: [3, 3, 0, 0, 0, 1] });
});

test('calls in flight, the most there were, and identical prompts at the same time are counted', () => {
  const { ledger, begin } = setup();
  const [one, two] = [begin(0, 'a'), begin(1, 'a')];
  ledger.end(one, { status: 200, outputTokens: 5 });
  ledger.end(two, { aborted: true });
  const three = begin(2, 'a');
  ledger.end(three, { status: 200, outputTokens: 5 });
  ledger.end(three, { aborted: true });
  expect(ledger.stats()).toMatchObject({
    total: 3,
    inFlight: 0,
    maxInFlight: 2,
    aborted: 1,
    concurrentIdenticalPrompts: 1,
    distinctPrompts: 1,
    outputTokens: 10,
    byStatus: { '200': 2, none: 1 },
  });
});

test('the oldest calls leave, the totals stay', () => {
  const { ledger, begin } = setup(3);
  for (let at = 0; at < 10; at += 1) ledger.end(begin(at), { status: 200 });
  expect(ledger.calls().map((call) => call.sequence)).toEqual([8, 9, 10]);
  expect(ledger.stats().total).toBe(10);
  expect(ledger.calls()[0]?.prompt).toHaveLength(80);
});

test('a reset empties everything, and a call that was running does not come back', () => {
  const { ledger, begin } = setup();
  const running = begin(0);
  ledger.reset();
  ledger.end(running, { status: 200 });
  expect(ledger.stats()).toMatchObject({ total: 0, inFlight: 0, maxInFlight: 0, startsPerSecond: [] });
});
