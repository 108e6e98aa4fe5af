import { preprocess, validate } from '../../workflows/activity-options.ts';
import type { ProcessMessageInput } from '../../contracts/pipeline.ts';

/** `processMessage` with its first two steps swapped: what a careless change looks like to the messages that are open. */
export async function processMessage({ record }: ProcessMessageInput): Promise<void> {
  await preprocess({ type: 'summarize', record });
  await validate({ record });
}
