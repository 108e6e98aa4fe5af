import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import type { ProviderError } from './provider.ts';

/**
 * A provider that takes many requests at once and answers them within a day, at a lower price and outside its usual limits.
 * Every method but `toLine` throws `ProviderError`, or the abort reason when `signal` aborted.
 */
export interface BatchProvider {
  /** As results name it, for example `openai`. */
  readonly name: string;
  /** A request as a line (without its break) of an input file. `customId` is unique in the file, and comes back with the answer. */
  toLine(customId: string, request: CompletionRequest): string;
  /** Uploads an input file and resolves with its id, when a batch can be made of it. Nothing is paid before a batch is made of it. */
  upload(lines: readonly string[], signal: AbortSignal): Promise<string>;
  /** Makes the batch, and resolves with its id. After a failure that may have been paid, `find` knows whether there is one. */
  create(inputId: string, signal: AbortSignal): Promise<string>;
  /** The id of the batch that was made of this input file. `since`: milliseconds since the epoch, before which it was not. */
  find(inputId: string, since: number, signal: AbortSignal): Promise<string | undefined>;
  state(batchId: string, signal: AbortSignal): Promise<BatchState>;
  /** What became of each line, by its `customId`; a line may be missing. */
  answers(state: BatchState, signal: AbortSignal): Promise<ReadonlyMap<string, BatchAnswer>>;
  /** Asks for its end. Lines that are answered by then stay so. A batch that has ended stays as it is. */
  cancel(batchId: string, signal: AbortSignal): Promise<void>;
}

export interface BatchState {
  /** No further line will be answered. */
  readonly hasEnded: boolean;
  /** For people, in the provider's words: `in_progress: 37 of 200 answered`. */
  readonly description: string;
  /** The provider says that no line was answered, so that nothing was paid. `false` also where it does not say. */
  readonly answeredNothing: boolean;
  /** Its input file was refused as a whole: a single request in it may be to blame. */
  readonly refused: boolean;
  /** Where its answers are; the provider's own ids. */
  readonly resultFiles: readonly string[];
}

export type BatchAnswer =
  | { readonly kind: 'completion'; readonly completion: Completion }
  | { readonly kind: 'error'; readonly error: ProviderError }
  /** The batch ended before it came to this line: nothing was paid. */
  | { readonly kind: 'not-run'; readonly because: string };
