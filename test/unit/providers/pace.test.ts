import { Pace } from '../../../providers/pace.ts';

/** A pace of one unit in ten milliseconds, by a clock that only `at` moves. */
function aPace(options?: { idleMs?: number; creditMs?: number }, perMs = 0.1) {
  let now = 1_000;
  const pace = new Pace(() => now, options);
  pace.setRate(perMs);
  return {
    pace,
    at: (ms: number) => {
      now = 1_000 + ms;
      return pace;
    },
    call: (units = 1, latenessMs = Infinity) => {
      pace.hold(units);
      return pace.start(units, latenessMs);
    },
  };
}

describe('a pace without a limit', () => {
  it('is always due, and no call is late or has to go out again', () => {
    const pace = new Pace(() => 0);
    expect(pace.dueInMs).toBe(-Infinity);
    pace.hold(7);
    expect(pace.start(7, 0)).toBe(Infinity);
    pace.takeTurns({ from: 0, everyMs: 10 });
    expect(pace.startAgain(1)).toBe(0);
    pace.correct(1_000);
    pace.setRate(1);
    expect(pace.dueInMs).toBeCloseTo(0);
  });

  it('owes nothing from before, and has its credit again when there is a limit once more', () => {
    const { pace, call } = aPace({ creditMs: 30 });
    call(50);
    expect(pace.dueInMs).toBeCloseTo(470);
    pace.setRate(Infinity);
    expect(pace.dueInMs).toBe(-Infinity);
    pace.setRate(0.1);
    expect(pace.dueInMs).toBeCloseTo(-30);
  });
});

describe('a pace of nothing', () => {
  it('is never due; a call that starts all the same is owed when there is a rate', () => {
    const { pace, at, call } = aPace({}, 0);
    expect(pace.dueInMs).toBe(Infinity);
    expect(call(2)).toBe(0);
    expect(pace.dueInMs).toBe(Infinity);
    pace.takeTurns({ from: 0, everyMs: 10 });
    expect(pace.startAgain(1)).toBe(0);
    pace.takeTurns(undefined);
    at(5_000).setRate(0.1);
    expect(pace.dueInMs).toBeCloseTo(20);
  });
});

describe('when the next call is due', () => {
  it('is when all that started and is held has been paid for', () => {
    const { pace, at, call } = aPace();
    call(3);
    expect(pace.dueInMs).toBeCloseTo(30);
    pace.hold(2);
    expect(pace.dueInMs).toBeCloseTo(50);
    expect(at(20).dueInMs).toBeCloseTo(30);
    pace.giveBack(2);
    expect(pace.dueInMs).toBeCloseTo(10);
    expect(at(40).dueInMs).toBeCloseTo(-10);
  });

  it('moves with what a call took in the end', () => {
    const { pace, call } = aPace();
    call(1);
    pace.correct(4);
    expect(pace.dueInMs).toBeCloseTo(50);
    pace.correct(-5);
    expect(pace.dueInMs).toBeCloseTo(0);
  });

  it('holds for what is owed, too, at another rate', () => {
    const { pace, at, call } = aPace({ creditMs: 30 });
    call(11);
    at(20).setRate(0.2);
    // 11 units, less 3 of credit and 2 that were paid for.
    expect(pace.dueInMs).toBeCloseTo(30);
    pace.setRate(0.2);
    expect(pace.dueInMs).toBeCloseTo(30);
  });

  it('is by the credit of the latest rate as long as nothing has started', () => {
    const { pace, at } = aPace({ creditMs: 30 });
    expect(pace.dueInMs).toBeCloseTo(-30);
    at(500).setRate(0.4);
    expect(pace.dueInMs).toBeCloseTo(-30);
  });
});

describe('a call that starts late', () => {
  it('loses nothing within its lateness, and what is beyond it', () => {
    const { pace, at, call } = aPace();
    call(1, 40);
    at(45);
    expect(call(1, 40)).toBeCloseTo(35);
    expect(pace.dueInMs).toBeCloseTo(-25);
    at(105);
    expect(call(1, 40)).toBeCloseTo(85);
    expect(pace.dueInMs).toBeCloseTo(-30);
  });

  it('catches nothing up when there was no work for so long that it was idle', () => {
    const { pace, at, call } = aPace({ idleMs: 100 });
    call(1, 40);
    at(109);
    expect(call(1, 40)).toBeCloseTo(99);
    expect(pace.dueInMs).toBeCloseTo(-30);
    at(179);
    expect(call(1, 40)).toBeCloseTo(100);
    expect(pace.dueInMs).toBeCloseTo(10);
  });
});

describe('calls in turns', () => {
  // By the clock, 1,000 is 0 here: turns at 1,003, 1,013 and so on.
  const turns = { from: 3, everyMs: 10 };

  it('are due in the next turn after they would be', () => {
    const { pace, call } = aPace({}, 0.01);
    pace.takeTurns({ from: 30, everyMs: 100 });
    expect(pace.dueInMs).toBeCloseTo(30);
    call(1);
    expect(pace.dueInMs).toBeCloseTo(130);
    pace.takeTurns({ from: 50, everyMs: 100 });
    expect(pace.dueInMs).toBeCloseTo(150);
  });

  it('are left alone where clocks agree no better', () => {
    const { pace, call } = aPace({}, 0.01);
    call(1);
    for (const from of [95, 100, 105]) {
      pace.takeTurns({ from, everyMs: 100 });
      expect(pace.dueInMs).toBeCloseTo(100);
    }
    pace.takeTurns({ from: 106, everyMs: 100 });
    expect(pace.dueInMs).toBeCloseTo(106);
  });

  it('reckon from a beginning that has not come yet, or is long past', () => {
    for (const from of [-99_950, 50, 5_050]) {
      const { pace } = aPace({}, 0.01);
      pace.takeTurns({ from, everyMs: 100 });
      expect(pace.dueInMs).toBeCloseTo(50);
    }
  });

  it('wait for the next turn when they have missed theirs by more than their lateness', () => {
    const { pace, at, call } = aPace({ idleMs: 10_000 }, 0.01);
    call(1, 40);
    pace.takeTurns({ from: 0, everyMs: 100 });
    at(130);
    expect(call(1, 40)).toBeCloseTo(30);
    at(260);
    expect(call(1, 40)).toBeCloseTo(-40);
    // At 300 the one that waits, then the next.
    expect(pace.dueInMs).toBeCloseTo(140);
  });

  it('go out in their next turn when they could not in this one', () => {
    const { pace, at, call } = aPace({}, 0.01);
    expect(pace.startAgain(1)).toBe(0);
    pace.takeTurns({ from: 0, everyMs: 100 });
    call(1);
    expect(at(30).startAgain(1)).toBeCloseTo(70);
    expect(pace.dueInMs).toBeCloseTo(170);
    pace.takeTurns(undefined);
    expect(pace.startAgain(1)).toBe(0);
  });

  it('begin in one after idleness, when the others may begin, too', () => {
    const { pace, at, call } = aPace({ idleMs: 100 }, 0.1);
    pace.takeTurns(turns);
    at(1_007);
    expect(call(1, 40)).toBeGreaterThanOrEqual(100);
    // Due at 1,017, whose turn is at 1,013 or 1,023: near enough.
    expect(pace.dueInMs).toBeCloseTo(10);
    const slow = aPace({ idleMs: 100 }, 0.01);
    slow.pace.takeTurns({ from: 0, everyMs: 100 });
    slow.at(1_030);
    slow.call(1, 40);
    expect(slow.pace.dueInMs).toBeCloseTo(170);
  });
});
