import fc from 'fast-check';
import { MinuteWindow } from '../../../providers/minute-window.ts';
import { Pace } from '../../../providers/pace.ts';
import { createProcessLimiter } from '../../../providers/process-limiter.ts';
import { mostIn, never, passed, startWorker } from '../../support/limited-worker.ts';
import { holds, holdsInTime } from '../../support/properties.ts';

const MINUTE_MS = 60_000;

describe('a limiter of requests', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const step = fc.record({
    calls: fc.oneof(fc.constant(1), fc.nat({ max: 60 })),
    // A refusal, as far as a limiter sees it: everybody waits, then goes slower, or as before.
    refused: fc.option(fc.record({ pauseMs: fc.nat({ max: 20_000 }), part: fc.constantFrom(0.3, 0.7, 1) }), {
      freq: 6,
    }),
    thenMs: fc.oneof(fc.nat({ max: 1_000 }), fc.nat({ max: 30_000 })),
  });
  const load = fc.record({
    requestsPerMinute: fc.integer({ min: 60, max: 1_500 }),
    maxConcurrency: fc.integer({ min: 1, max: 60 }),
    pollers: fc.integer({ min: 1, max: 20 }),
    pollMs: fc.oneof(fc.nat({ max: 150 }), fc.nat({ max: 2_000 })),
    callMs: fc.nat({ max: 3_000 }),
    steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  });

  it('never goes above the limit in any second or minute, whatever comes and is refused, and gets all done', () =>
    holdsInTime(
      fc.asyncProperty(load, async ({ requestsPerMinute, maxConcurrency, pollers, pollMs, callMs, steps }) => {
        const limiter = createProcessLimiter({ rates: { requestsPerMinute }, maxConcurrency });
        const { uses, arrive } = startWorker({ limiter, pollers, pollMs: () => pollMs, callMs });
        for (const { calls, refused, thenMs } of steps) {
          if (refused !== null) {
            limiter.pauseFor(refused.pauseMs);
            limiter.setRates({ requestsPerMinute: requestsPerMinute * refused.part });
          }
          arrive(calls);
          await passed(thenMs);
        }
        const wanted = steps.reduce((sum, { calls }) => sum + calls, 0);
        // As if one came after the other, at the lowest rate: a poll later than the limiter waits for costs its call's turn.
        const eachMs = MINUTE_MS / (requestsPerMinute * 0.3) + pollMs + callMs + 400;
        await passed(MINUTE_MS + 20_000 + wanted * eachMs);
        expect(uses).toHaveLength(wanted);
        const interval = MINUTE_MS / requestsPerMinute;
        expect(mostIn(1_000, uses)).toBeLessThanOrEqual(1 + Math.floor((1_000 + 90) / interval));
        expect(mostIn(MINUTE_MS, uses)).toBeLessThanOrEqual(requestsPerMinute);
        jest.clearAllTimers();
      }),
      { numRuns: 25 },
    ));
});

describe('the minute of tokens', () => {
  const percent = fc.nat({ max: 100 });
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('never holds more than the limit, whatever calls ask for and take, and lets each one in', () =>
    holdsInTime(
      fc.asyncProperty(
        fc.integer({ min: 100, max: 10_000 }),
        fc.array(
          fc.record({
            part: percent,
            used: percent,
            thenMs: fc.nat({ max: 20_000 }),
          }),
          { minLength: 1, maxLength: 30 },
        ),
        async (limit, calls) => {
          const window = new MinuteWindow(() => performance.now(), MINUTE_MS);
          window.setLimit(limit);
          const entered: { at: number; units: number }[] = [];
          for (const { part, used, thenMs } of calls) {
            const units = Math.floor((part * limit) / 100);
            void window.enter(units, never()).then((taken) => {
              const entry = { at: performance.now(), units: Math.floor((units * used) / 100) };
              taken.settle(entry.units);
              entered.push(entry);
            });
            await passed(thenMs);
          }
          await passed(calls.length * MINUTE_MS);
          expect(entered).toHaveLength(calls.length);
          expect(window.isFull).toBe(false);
          const most = mostIn(
            MINUTE_MS - 1,
            entered.map(({ at }) => at),
            (index) => entered[index]!.units,
          );
          expect(most).toBeLessThanOrEqual(limit);
        },
      ),
      { numRuns: 100 },
    ));
});

describe('a pace', () => {
  const LATENESS_MS = 240;
  const calls = fc.array(fc.record({ units: fc.integer({ min: 1, max: 50 }), waitMs: fc.nat({ max: 5_000 }) }), {
    minLength: 1,
    maxLength: 60,
  });

  it('lets no stretch of time see more than its rate, what may be caught up, and one call', () => {
    holds(
      fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), calls, (perMs, wanted) => {
        let now = 0;
        const pace = new Pace(() => now, { idleMs: 1_000 });
        pace.setRate(perMs);
        const starts: { at: number; units: number }[] = [];
        for (const { units, waitMs } of wanted) {
          now += waitMs;
          now += Math.max(0, pace.dueInMs);
          pace.hold(units);
          pace.start(units, LATENESS_MS);
          starts.push({ at: now, units });
        }
        for (const [first, { at: from }] of starts.entries()) {
          // What the call before it took is paid for before the next one starts.
          let sum = 0;
          for (const { at, units } of starts.slice(first)) {
            expect(sum).toBeLessThanOrEqual(perMs * (at - from + LATENESS_MS) + 1e-6);
            sum += units;
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is due again, after whatever was owed, in the time that its rate takes', () => {
    holds(
      fc.property(
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        (perMs, units) => {
          let now = 0;
          const pace = new Pace(() => now);
          pace.setRate(perMs);
          pace.hold(units);
          pace.start(units, 0);
          expect(pace.dueInMs).toBeCloseTo(units / perMs, 3);
          now += units / perMs;
          expect(pace.dueInMs).toBeLessThanOrEqual(1e-3);
        },
      ),
    );
  });
});
