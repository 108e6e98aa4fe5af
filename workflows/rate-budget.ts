import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { RATE_BUDGET, type Lease, type LeaseRequest, type RateBudgetState } from '../contracts/rate-budget.ts';
import { LeaseBook } from './lease-book.ts';

const lease = defineUpdate<Lease, [LeaseRequest]>(RATE_BUDGET.lease);
const leave = defineSignal<[worker: string]>(RATE_BUDGET.leave);
const pause = defineSignal<[ms: number]>(RATE_BUDGET.pause);
const state = defineQuery<RateBudgetState>(RATE_BUDGET.state);

/**
 * A provider's limits, shared by all `llm` workers. Round by round it answers everybody who has asked since the last one, so
 * that shares are decided together and a round is a few events, not a few for each worker. Who is answered asks again: an open
 * question is what news can be told in at once. With nobody asking it sleeps, without a timer.
 */
export async function rateBudget(before?: RateBudgetState): Promise<void> {
  const book = new LeaseBook(before);
  setHandler(lease, (request) => book.ask(request));
  setHandler(leave, (worker) => {
    book.leave(worker);
  });
  setHandler(pause, (ms) => {
    book.pause(Date.now(), ms);
  });
  setHandler(state, () => book.state);

  do {
    await condition(() => book.asking > 0);
    await condition(() => book.isUrgent, book.waitMs);
    book.answer(Date.now());
  } while (!workflowInfo().continueAsNewSuggested);
  await condition(allHandlersFinished);
  await continueAsNew<typeof rateBudget>(book.state);
}
