import { condition, defineSignal, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { LlmActivities } from '../activities/index.ts';
import {
  RESUME_SIGNAL,
  type CompleteInput,
  type ParkedMessage,
  type ProviderAnswer,
  type TooLong,
} from '../contracts/pipeline.ts';
import { PARKED } from '../contracts/search-attributes.ts';
import { whileIn } from './pipeline-state.ts';

const resume = defineSignal(RESUME_SIGNAL);

/** How long a message waits that is parked again: a worker whose clock is behind still calls it yesterday. Not all at once. */
const AGAIN_AFTER_MS = { atLeast: 30_000, spread: 30_000 };

/**
 * The same `complete`, that waits where a budget is used up: to the end of the day, or until an operator says to go on; then
 * no budget holds for this message any more.
 */
export function withinBudget(
  complete: LlmActivities['complete'],
): (input: CompleteInput) => Promise<ProviderAnswer | TooLong> {
  let beyondBudget = false;
  let wasParked = false;

  async function park({ until, because }: ParkedMessage): Promise<void> {
    setHandler(resume, () => {
      beyondBudget = true;
    });
    const { atLeast, spread } = AGAIN_AFTER_MS;
    const waitMs = Math.max(wasParked ? Math.round(atLeast + Math.random() * spread) : 1, until - Date.now());
    wasParked = true;
    setCurrentDetails(`parked: ${because}; goes on by itself at ${new Date(Date.now() + waitMs).toISOString()}`);
    await whileIn(PARKED, () => condition(() => beyondBudget, waitMs));
    setCurrentDetails('waiting for the provider');
  }

  return async (input) => {
    let answer = await complete({ ...input, ...(beyondBudget && { beyondBudget }) });
    while (answer.kind === 'parked') {
      const { attempts, paidAttempts } = answer;
      await park(answer);
      answer = await complete({ ...input, before: { attempts, paidAttempts }, ...(beyondBudget && { beyondBudget }) });
    }
    return answer;
  };
}
