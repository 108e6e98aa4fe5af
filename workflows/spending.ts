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
import { SPENDING, type SpendingReport, type SpendingState, type UsedUp } from '../contracts/spending.ts';
import { SpendingBook } from './spending-book.ts';

const report = defineUpdate<UsedUp, [SpendingReport]>(SPENDING.report);
/** Of a worker that stops: it is safe with the server, also when nobody is left who could answer. */
const lastReport = defineSignal<[SpendingReport]>(SPENDING.lastReport);
const lift = defineSignal<[tenant: string]>(SPENDING.lift);
const usedUp = defineQuery<UsedUp, [tenants: readonly string[]]>(SPENDING.usedUp);
const state = defineQuery<SpendingState>(SPENDING.state);

/** The account of the day, for all `llm` workers. The day turns with the first report after midnight, so it needs no timer. */
export async function spending(before?: SpendingState): Promise<void> {
  const book = new SpendingBook(before, Date.now());
  setHandler(report, (spent) => book.report(spent, Date.now()));
  setHandler(lastReport, (spent) => {
    book.report(spent, Date.now());
  });
  setHandler(lift, (tenant) => {
    book.lift(tenant, Date.now());
  });
  setHandler(usedUp, (tenants) => book.usedUp(tenants));
  setHandler(state, () => book.state);

  await condition(() => workflowInfo().continueAsNewSuggested && allHandlersFinished());
  await continueAsNew<typeof spending>(book.state);
}
