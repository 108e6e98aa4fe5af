import { addCost, addUsage } from '../accounting/cost.ts';
import type { CompletionRequest, Cost, TokenUsage } from '../contracts/completion.ts';
import type { Answered, CompleteInput, RejectedAnswer } from '../contracts/pipeline.ts';

/** The request as prepared, or, for the one re-ask, with what was wrong about the first answer. */
export function requestOf({ request, rejected }: CompleteInput): CompletionRequest {
  if (rejected === undefined) return request;
  if (rejected.reason === 'truncated') return { ...request, maxOutputTokens: request.maxOutputTokens * 2 };
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: rejected.text },
      {
        role: 'user',
        content: `That answer cannot be used: ${rejected.problem}\nAnswer again, corrected, and nothing else.`,
      },
    ],
  };
}

/** What both asks took, and cost. */
export function withRejected(
  rejected: RejectedAnswer | undefined,
  { usage, cost: ofCall }: { usage: TokenUsage; cost: Cost | undefined },
): Pick<Answered, 'usage' | 'cost'> {
  const cost = rejected === undefined ? ofCall : addCost(rejected.cost, ofCall);
  return {
    usage: rejected === undefined ? usage : addUsage(rejected.usage, usage),
    ...(cost !== undefined && { cost }),
  };
}
