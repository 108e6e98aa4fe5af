/** What the pipeline asks of a language model, and what it gets: no provider's own words. */

export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export interface CompletionRequest {
  readonly messages: readonly PromptMessage[];
  /** Upper bound of the answer. Providers charge the larger of this and their estimate up front: keep it close to need. */
  readonly maxOutputTokens: number;
  readonly temperature?: number;
  /** Structured output: the answer has to be JSON of this JSON Schema. Absent: free text. */
  readonly responseFormat?: { readonly name: string; readonly schema: JsonObject };
}

export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The part of `inputTokens` that the provider had in its cache; absent when it said of none. */
  readonly cachedInputTokens?: number;
}

/** What was paid, by the price list. */
export interface Cost {
  /** Nine digits after the point at most. */
  readonly amount: number;
  /** ISO 4217, for example `USD`. */
  readonly currency: string;
}

export type FinishReason = 'stop' | 'length' | 'content_filter';

export interface Completion {
  readonly text: string;
  readonly finishReason: FinishReason;
  /** The model's own words when it declined to answer. */
  readonly refusal?: string;
  /** As the provider names it in its response; falls back to the one asked for. */
  readonly model: string;
  readonly usage: TokenUsage;
  /** The answer was another call's: this one was not made, and its usage is 0. */
  readonly cached?: true;
}
