import { z } from 'zod';
import { describeProblems } from '../contracts/problems.ts';
import type { CompletionRequest, JsonValue } from '../contracts/completion.ts';
import type { Example } from '../contracts/pipeline.ts';

/**
 * How one message type is worked on. Pure: no clock, no network, no Temporal. Adding a message type is one file that
 * exports one of these through `defineProcessor` and one line in `registry.ts`.
 */
export interface Processor<Payload, Output extends JsonValue> {
  /** The message's `type`. */
  readonly type: string;
  /** Its messages can wait a day for an answer at half the price: they go through the provider's batches, unless LLM_BATCH_TYPES is set. */
  readonly batch?: true;
  /** Checks `payload`; what fails it is `Message.Invalid`, with every problem named. */
  readonly payloadSchema: z.ZodType<Payload>;
  /** Checks the `output` of this type's few-shot examples. */
  readonly outputSchema: z.ZodType<Output>;
  /** Builds the prompt, or finishes without the model. */
  preprocess(payload: Payload, examples: readonly ExampleOf<Payload, Output>[]): Preparation<Output>;
  /**
   * Turns the model's answer into the output. Present for types that can ask for a completion.
   * `text` is the answer; the request is the one `preprocess` built (its schema says what JSON was asked for).
   * @throws {RejectedAnswerError} when the answer does not hold: it is asked again once, with the problem named.
   */
  finish?(text: string, request: CompletionRequest): Output;
}

export interface ExampleOf<Payload, Output> {
  readonly input: Payload;
  readonly output: Output;
}

export type Preparation<Output extends JsonValue = JsonValue> =
  | {
      readonly kind: 'completion';
      readonly request: CompletionRequest;
      /**
       * The output of a message that has no answer `afterMs` milliseconds later, whatever it waits for: the provider, its turn, a budget. A call
       * under way is cancelled. Absent: it waits on.
       */
      readonly lastResort?: { readonly afterMs: number; readonly output: Output };
    }
  | { readonly kind: 'output'; readonly output: Output };

/** The model's answer does not parse or does not hold. The message is sent back to the model, so it says what to change. */
export class RejectedAnswerError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'RejectedAnswerError';
  }
}

/** A processor as the rest of the pipeline sees it: its own types stay inside, every value is checked on the way in. */
export interface RegisteredProcessor {
  readonly type: string;
  readonly batch: boolean;
  /** Every problem of a payload, one a line; `undefined` when it holds. */
  problemWith(payload: unknown): string | undefined;
  /** The same for a few-shot example: also whether the model giving its output would have been accepted. */
  problemWithExample(example: Example): string | undefined;
  /** @throws {z.ZodError} when `problemWith(payload)` would have named a problem. */
  preprocess(payload: unknown, examples: readonly Example[]): Preparation;
  /** @throws {RejectedAnswerError} see `Processor.finish`. */
  finish(text: string, request: CompletionRequest): JsonValue;
}

/** Seals a processor's payload and output types in, so that a registry can hold processors of all types without a cast. */
export function defineProcessor<Payload, Output extends JsonValue>(
  processor: Processor<Payload, Output>,
): RegisteredProcessor {
  const { type, payloadSchema, outputSchema } = processor;
  const exampleSchema = z.strictObject({ input: payloadSchema, output: outputSchema });
  const fittingExamples = new WeakMap<readonly Example[], readonly ExampleOf<Payload, Output>[]>();

  function finish(text: string, request: CompletionRequest): Output {
    if (processor.finish === undefined) throw new Error(`type "${type}" never asks for a completion`);
    return processor.finish(text, request);
  }

  return {
    type,
    batch: processor.batch ?? false,
    problemWith: (payload) => problemOf(payloadSchema.safeParse(payload), ['payload']),
    problemWithExample(example) {
      const parsed = exampleSchema.safeParse(example);
      if (!parsed.success) return describeProblems(parsed.error);
      const preparation = processor.preprocess(parsed.data.input, []);
      return preparation.kind === 'completion' ? rejectionOf(parsed.data.output, preparation.request) : undefined;
    },
    preprocess(payload, examples) {
      return processor.preprocess(payloadSchema.parse(payload), fittingOf(examples));
    },
    finish,
  };

  /**
   * A set may come from a process with an older or newer version of this processor: what does not fit here is left out,
   * because failing would blame every message for it. Sets are immutable, so each is checked once.
   */
  function fittingOf(examples: readonly Example[]): readonly ExampleOf<Payload, Output>[] {
    const known = fittingExamples.get(examples);
    if (known !== undefined) return known;
    const fitting = examples.flatMap((example) => exampleSchema.safeParse(example).data ?? []);
    fittingExamples.set(examples, fitting);
    return fitting;
  }

  function rejectionOf(output: Output, request: CompletionRequest): string | undefined {
    if (request.responseFormat === undefined) return undefined;
    try {
      finish(JSON.stringify(output), request);
      return undefined;
    } catch (error) {
      if (error instanceof RejectedAnswerError) return `the output does not fit the input: ${error.message}`;
      throw error;
    }
  }
}

function problemOf(parsed: z.ZodSafeParseResult<unknown>, at: readonly string[]): string | undefined {
  return parsed.success ? undefined : describeProblems(parsed.error, at);
}
