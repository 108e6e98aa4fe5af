import { condition, defineSignal, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { LlmActivities } from '../activities/index.ts';
import {
  RESUME_SIGNAL,
  type AttemptsMade,
  type CompleteInput,
  type CompleteResult,
  type ParkedMessage,
  type ProviderAnswer,
  type TooLong,
} from '../contracts/pipeline.ts';
import { PARKED } from '../contracts/search-attributes.ts';
import { whileIn } from './pipeline-state.ts';

const resume = defineSignal(RESUME_SIGNAL);

/** How long a message waits that is parked again: a worker whose clock is behind still calls it yesterday. Not all at once. */
const AGAIN_AFTER_MS = { atLeast: 30_000, spread: 30_000 };

type Answer = ProviderAnswer | TooLong;
type Ask = (before?: AttemptsMade) => Promise<CompleteResult>;

/**
 * The same `complete`, that waits where a budget is used up: to the end of the day, or until an operator says to go on; then
 * no budget holds for this message any more.
 */
export function withinBudget(complete: LlmActivities['complete']): (input: CompleteInput) => Promise<Answer> {
  let beyondBudget = false;
  let wasParked = false;

  async function untilItsTime({ until, because }: ParkedMessage): Promise<void> {
    setHandler(resume, () => {
      beyondBudget = true;
    });
    const { atLeast, spread } = AGAIN_AFTER_MS;
    const waitMs = Math.max(wasParked ? Math.round(atLeast + Math.random() * spread) : 1, until - Date.now());
    wasParked = true;
    setCurrentDetails(`parked: ${because}; goes on by itself at ${new Date(Date.now() + waitMs).toISOString()}`);
    await condition(() => beyondBudget, waitMs);
    setCurrentDetails('waiting for the provider');
  }

  /**
   * To the answer: who wakes up counts as parked until then, because thousands do at midnight, and not all find their budget
   * open. What an operator resumes is parked no longer.
   */
  async function outlast(parked: ParkedMessage, ask: Ask): Promise<CompleteResult> {
    let last: CompleteResult = parked;
    while (last.kind === 'parked') {
      await untilItsTime(last);
      if (beyondBudget) return last;
      last = await ask(last);
    }
    return last;
  }

  return async (input) => {
    const ask: Ask = (made) =>
      complete({
        ...input,
        ...(made && { before: { attempts: made.attempts, paidAttempts: made.paidAttempts } }),
        ...(beyondBudget && { beyondBudget }),
      });
    let answer = await ask();
    while (answer.kind === 'parked') {
      const parked = answer;
      const last = await whileIn(PARKED, () => outlast(parked, ask));
      answer = last.kind === 'parked' ? await ask(last) : last;
    }
    return answer;
  };
}
