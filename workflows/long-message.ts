import { setCurrentDetails } from '@temporalio/workflow';
import type { CompleteInput, ProviderAnswer, TooLong } from '../contracts/pipeline.ts';

/** The same `complete`, asked of one provider after the other for as long as the message is too long for those before. */
export function ofAnyLength(
  complete: (input: CompleteInput) => Promise<ProviderAnswer | TooLong>,
): (input: CompleteInput) => Promise<ProviderAnswer> {
  return async (input) => {
    let answer = await complete(input);
    while (answer.kind === 'too-long') {
      const { next, attempts, paidAttempts } = answer;
      setCurrentDetails(`too long: waiting for ${next}`);
      answer = await complete({ ...input, provider: next, before: { attempts, paidAttempts } });
    }
    return answer;
  };
}
