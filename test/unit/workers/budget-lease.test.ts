import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Lease, LeaseRequest } from '../../../contracts/rate-budget.ts';
import { createLogger } from '../../../telemetry/logger.ts';
import { keepLease } from '../../../workers/budget-lease.ts';

const aLease = (part: Partial<Lease> = {}): Lease => ({
  ...{
    share: 0.5,
    rates: {},
    ceilings: {},
    validMs: 4_000,
    askAgainInMs: 1_000,
    pauseMs: 0,
    gate: { isPaused: false },
  },
  ...part,
});

/** A budget whose answers the test gives, and everything it was told. */
function setup({ joins = true } = {}) {
  const questions: { updateId: string; ask: LeaseRequest; answer: (lease: Lease | Error) => void }[] = [];
  const signals: unknown[][] = [];
  let failures = 0;
  const leases: Lease[] = [];
  const losses: (Lease | undefined)[] = [];
  const handle = {
    executeUpdate: (_name: string, { args: [ask], updateId }: { args: [LeaseRequest]; updateId: string }) =>
      new Promise<Lease>((resolve, reject) => {
        const answer = (outcome: Lease | Error) => {
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        };
        questions.push({ updateId, ask, answer });
      }),
    signal: (...signal: unknown[]) => {
      if (failures > 0) {
        failures -= 1;
        return Promise.reject(new Error('unavailable'));
      }
      signals.push(signal);
      return Promise.resolve();
    },
  };
  const client = {
    withDeadline: <T>(_deadline: number, work: () => Promise<T>) => work(),
    workflow: { getHandle: () => handle, executeUpdateWithStart: handle.executeUpdate },
  } as unknown as Client;
  const lease = keepLease({
    ...{ client, provider: 'p', limits: { requestsPerMinute: 600 }, worker: 'w', logger: createLogger('error') },
    onLease: (granted) => void leases.push(granted),
    onLost: (last) => void losses.push(last),
    takeUse: () => ({ busy: 0.25, used: { requestsPerMinute: 3, tokensPerMinute: 4 } }),
  });
  if (joins) lease.join();
  return { lease, questions, signals, leases, losses, failNext: (times: number) => void (failures = times) };
}
const passed = (ms: number) => jest.advanceTimersByTimeAsync(ms);

describe('the lease of a worker', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is asked for as by somebody hungry, and then, when the budget wants it, with what was used', async () => {
    const { questions, leases } = setup();
    expect(questions[0]?.ask).toMatchObject({ worker: 'w', limits: { requestsPerMinute: 600 }, busy: 1 });
    questions[0]?.answer(aLease());
    await passed(999);
    expect(questions).toHaveLength(1);
    await passed(1);
    expect(questions[1]?.ask).toMatchObject({ busy: 0.25, used: { requestsPerMinute: 3, tokensPerMinute: 4 } });
    expect(leases).toEqual([aLease()]);
  });

  it('is asked for when it has joined, and not before: it would keep others from a share that it cannot use', async () => {
    const { lease, questions, losses } = setup({ joins: false });
    await passed(60_000);
    expect([questions, losses]).toEqual([[], []]);
    lease.join();
    expect(questions).toHaveLength(1);
  });

  it('is lost when it has ended and no other came, counted from the question, and is found again', async () => {
    const { questions, leases, losses } = setup();
    await passed(3_000);
    questions[0]?.answer(aLease());
    await passed(999);
    expect(losses).toEqual([]);
    await passed(1);
    expect(losses).toEqual([aLease()]);
    questions[1]?.answer(aLease({ share: 1 }));
    await passed(3_999);
    expect(leases).toHaveLength(2);
    expect(losses).toHaveLength(1);
  });

  it('is lost, too, when there never was one', async () => {
    const { losses } = setup();
    await passed(9_999);
    expect(losses).toEqual([]);
    await passed(1);
    expect(losses).toEqual([undefined]);
  });

  it('is asked for under the same id until there is an answer, so that open questions do not add up', async () => {
    const { questions } = setup();
    for (let failures = 0; failures < 3; failures++) {
      questions.at(-1)?.answer(new Error('unavailable'));
      await passed(500);
    }
    expect(questions.map(({ updateId }) => updateId)).toEqual(['w:1', 'w:1', 'w:1', 'w:1']);
    questions.at(-1)?.answer(aLease());
    await passed(1_000);
    expect(questions.at(-1)?.updateId).toBe('w:2');
  });

  it('starts a budget where there is none', async () => {
    const { questions, leases } = setup();
    questions[0]?.answer(new WorkflowNotFoundError('none', 'rate-budget:p', undefined));
    await passed(0);
    questions[1]?.answer(aLease());
    await passed(0);
    expect(leases).toHaveLength(1);
  });

  it('is given back without waiting for an open question, whose answer counts no more', async () => {
    const { lease, questions, signals, leases, losses } = setup();
    await lease.leave();
    expect(signals).toEqual([['leave', 'w']]);
    questions[0]?.answer(aLease());
    await passed(60_000);
    expect([leases, losses, questions.length]).toEqual([[], [], 1]);
  });

  it('tells the others what they should know, again where it was not heard and in order, but a refusal once', async () => {
    const { lease, signals, failNext } = setup();
    const opened = { breaker: { opened: { because: 'authentication', probeInMs: 1 } } };
    const closed = { breaker: { closed: true } } as const;
    failNext(2);
    lease.tell(opened);
    lease.tell(closed);
    await passed(2_000);
    expect(signals).toEqual([
      ['report', 'w', opened],
      ['report', 'w', closed],
    ]);
    failNext(1);
    lease.tell({ refused: { pauseMs: 4 } });
    await passed(2_000);
    expect(signals).toHaveLength(2);
  });

  it('tells of a refusal', async () => {
    const { lease, signals } = setup();
    lease.tell({ refused: { pauseMs: 5 } });
    await passed(0);
    expect(signals).toEqual([['report', 'w', { refused: { pauseMs: 5 } }]]);
  });
});
