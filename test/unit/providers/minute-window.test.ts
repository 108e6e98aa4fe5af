import { MinuteWindow, type Taken } from '../../../providers/minute-window.ts';
import { never, passed } from '../../support/limited-worker.ts';

describe('the minute of a limit', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** Of 100 units; `entered` names the calls that are in, in their order. */
  function aMinute(limit = 100) {
    const window = new MinuteWindow(() => performance.now(), 60_000);
    window.setLimit(limit);
    const entered: string[] = [];
    const taken = new Map<string, Taken>();
    const ask = async (name: string, units: number, signal = never()) => {
      void window.enter(units, signal).then(
        (entry) => {
          entered.push(name);
          taken.set(name, entry);
        },
        () => entered.push(`${name} gave up`),
      );
      await passed(0);
    };
    return { window, entered, ask, settle: (name: string, units: number) => taken.get(name)?.settle(units) };
  }

  it('lets in what fits, up to the limit, and the rest when the oldest have left it', async () => {
    const { window, entered, ask } = aMinute();
    await ask('a', 60);
    await passed(10_000);
    await ask('b', 40);
    expect(window.isFull).toBe(false);
    await ask('c', 1);
    expect(entered).toEqual(['a', 'b']);
    expect(window.isFull).toBe(true);
    await passed(49_999);
    expect(entered).toEqual(['a', 'b']);
    await passed(1);
    expect(entered).toEqual(['a', 'b', 'c']);
    expect(window.isFull).toBe(false);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits for as many of the older ones as the call needs', async () => {
    const { entered, ask } = aMinute();
    for (const name of ['a', 'b', 'c']) {
      await ask(name, 30);
      await passed(10_000);
    }
    await ask('d', 70);
    await passed(39_999);
    expect(entered).not.toContain('d');
    await passed(1);
    expect(entered).toContain('d');
  });

  it('lets nobody past who came later, however little it takes', async () => {
    const { entered, ask } = aMinute();
    await ask('a', 60);
    await ask('large', 50);
    await ask('small', 1);
    expect(entered).toEqual(['a']);
    await passed(60_000);
    expect(entered).toEqual(['a', 'large', 'small']);
  });

  it('gives a call that is larger than the limit the minute for itself', async () => {
    const { entered, ask } = aMinute();
    await ask('a', 10);
    await ask('huge', 500);
    await passed(59_999);
    expect(entered).toEqual(['a']);
    await passed(1);
    expect(entered).toEqual(['a', 'huge']);
    await ask('b', 1);
    await passed(59_999);
    expect(entered).not.toContain('b');
    await passed(1);
    expect(entered).toContain('b');
  });

  it('counts what a call took in the end, and lets in at once what fits then', async () => {
    const { entered, ask, settle } = aMinute();
    await ask('a', 80);
    await ask('b', 50);
    settle('a', 60);
    await passed(0);
    expect(entered).toEqual(['a']);
    settle('a', 50);
    await passed(0);
    expect(entered).toEqual(['a', 'b']);
    settle('b', 100);
    await ask('c', 1);
    await passed(59_999);
    expect(entered).not.toContain('c');
  });

  it('no longer counts a call that settles when its minute is over', async () => {
    const { entered, ask, settle } = aMinute();
    await ask('a', 90);
    await passed(60_000);
    settle('a', 100);
    settle('a', 0);
    await ask('b', 100);
    expect(entered).toEqual(['a', 'b']);
    await ask('c', 1);
    expect(entered).toEqual(['a', 'b']);
  });

  it('follows a change of the limit at once, both ways', async () => {
    const { window, entered, ask } = aMinute(Infinity);
    for (const name of ['a', 'b']) await ask(name, 1_000);
    window.setLimit(2_500);
    await ask('c', 1_000);
    expect(entered).toEqual(['a', 'b']);
    window.setLimit(3_000);
    await passed(0);
    expect(entered).toEqual(['a', 'b', 'c']);
  });

  it('lets the next one in when the first gives up', async () => {
    const { entered, ask } = aMinute();
    const giveUp = new AbortController();
    await ask('a', 60);
    await ask('large', 50, giveUp.signal);
    await ask('small', 40);
    giveUp.abort(new Error('enough'));
    await passed(0);
    expect(entered.toSorted()).toEqual(['a', 'large gave up', 'small']);
  });

  it('counts right when many have come and gone', async () => {
    const { entered, ask } = aMinute();
    for (let count = 0; count < 50; count += 1) {
      await ask(String(count), 10);
      await passed(7_000);
    }
    expect(entered).toHaveLength(50);
    await ask('rest', 100 - 8 * 10);
    expect(entered).toContain('rest');
    await ask('beyond', 1);
    expect(entered).not.toContain('beyond');
  });
});
