import type { z } from 'zod';
import type { CompletionRequest, JsonValue } from '../contracts/completion.ts';
import type { Example } from '../contracts/pipeline.ts';

/**
 * How one message type is worked on. Pure: no clock, no network, no Temporal. Adding a message type is one file that
 * exports one of these and one line in `registry.ts`.
 */
export interface Processor<Payload = never, Output extends JsonValue = JsonValue> {
  /** The message's `type`. */
  readonly type: string;
  /** Checks `payload`; what fails it is `Message.Invalid`, with every problem named. */
  readonly payloadSchema: z.ZodType<Payload>;
  /** Checks the `output` of this type's few-shot examples, and of a finished output. */
  readonly outputSchema: z.ZodType<Output>;
  /** Builds the prompt, or finishes without the model. `examples` are validated pairs of payload and output. */
  preprocess(payload: Payload, examples: readonly Example[]): Preparation<Output>;
  /**
   * Turns the model's answer into the output. Present for types that can ask for a completion.
   * `text` is the answer; the request is the one `preprocess` built (its schema says what JSON was asked for).
   * @throws {RejectedAnswerError} when the answer does not hold: it is asked again once, with the problem named.
   */
  finish?(text: string, request: CompletionRequest): Output;
}

export type Preparation<Output extends JsonValue = JsonValue> =
  | { readonly kind: 'completion'; readonly request: CompletionRequest }
  | { readonly kind: 'output'; readonly output: Output };

/** The model's answer does not parse or does not hold. The message is sent back to the model, so it says what to change. */
export class RejectedAnswerError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'RejectedAnswerError';
  }
}
