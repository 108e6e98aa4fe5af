import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  RATE_BUDGET,
  type Lease,
  type LeaseRequest,
  type OperatorWish,
  type ProviderNews,
  type RateBudgetState,
} from '../contracts/rate-budget.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { LeaseBook } from './lease-book.ts';
import { ProviderGate } from './provider-gate.ts';
import { RateControl } from './rate-control.ts';

const lease = defineUpdate<Lease, [LeaseRequest]>(RATE_BUDGET.lease);
const leave = defineSignal<[worker: string]>(RATE_BUDGET.leave);
const report = defineSignal<[worker: string, news: ProviderNews]>(RATE_BUDGET.report);
const control = defineSignal<[wish: OperatorWish]>(RATE_BUDGET.control);
const state = defineQuery<RateBudgetState>(RATE_BUDGET.state);

/**
 * A provider's limits, shared by all `llm` workers. Round by round it answers everybody who has asked since the last one, so
 * that shares are decided together and a round is a few events, not a few for each worker. Who is answered asks again: an open
 * question is what news can be told in at once. With nobody asking it sleeps, without a timer.
 */
export async function rateBudget(before?: Partial<RateBudgetState>): Promise<void> {
  const book = new LeaseBook(before);
  const rates = new RateControl(before);
  const gate = new ProviderGate(before);
  let shown = before === undefined ? undefined : gate.name;
  const ratesNow = () => rates.rates(Date.now(), book.configured);
  const stateNow = () => ({ ...book.state, ...rates.state, ...gate.state, rates: ratesNow() });

  setHandler(lease, (request) => book.ask(Date.now(), request));
  setHandler(leave, (worker) => {
    book.leave(worker);
  });
  setHandler(report, (worker, { refused, limits, breaker }) => {
    if (refused !== undefined) {
      rates.refused(Date.now(), refused.limit, { configured: book.configured, used: book.used });
      book.pause(Date.now(), refused.pauseMs);
    }
    if (limits !== undefined) rates.learn(Date.now(), limits);
    if (breaker !== undefined) gate.report(Date.now(), worker, breaker);
    book.hurry();
  });
  setHandler(control, ({ limits, reset, isPaused }) => {
    if (reset) rates.reset();
    if (limits !== undefined) rates.wish(limits);
    if (isPaused !== undefined) gate.pause(isPaused);
    book.hurry();
  });
  setHandler(state, stateNow);

  do {
    await condition(() => book.asking > 0);
    await condition(() => book.isUrgent, book.waitMs(Date.now()));
    const now = Date.now();
    rates.forgetOld(now, book.configured);
    const allowed = { rates: ratesNow(), ceilings: rates.ceilings(book.configured) };
    book.answer(now, allowed, (worker) => gate.gateFor(now, worker, (other) => book.has(other)));
    if (gate.name !== shown) {
      shown = gate.name;
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.pipelineState, value: shown }]);
    }
  } while (!workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  await continueAsNew<typeof rateBudget>(stateNow());
}
