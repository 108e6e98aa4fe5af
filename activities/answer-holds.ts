import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import type { RegisteredProcessor } from '../processors/registry.ts';
import { refuseTooLarge } from './output-size.ts';

/** Whether a message with this request would be a result by this answer: whole, not refused, accepted by the processor. */
export function holds(processor: RegisteredProcessor, completion: Completion, request: CompletionRequest): boolean {
  if (completion.finishReason !== 'stop' || completion.refusal !== undefined) return false;
  try {
    refuseTooLarge(completion.text);
    refuseTooLarge(processor.finish(completion.text, request));
    return true;
  } catch {
    // Also for a defect: whose answer it is will meet it again, and say so.
    return false;
  }
}
