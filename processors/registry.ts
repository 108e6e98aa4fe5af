import { chat } from './chat.ts';
import { classify } from './classify.ts';
import { extract } from './extract.ts';
import type { RegisteredProcessor } from './processor.ts';
import { summarize } from './summarize.ts';
import { template } from './template.ts';

export type { RegisteredProcessor };

/** A new message type is one line here. */
export const builtInProcessors: readonly RegisteredProcessor[] = [summarize, classify, extract, chat, template];

export interface ProcessorRegistry {
  get(type: string): RegisteredProcessor | undefined;
  /** Every known type, in the order registered. */
  types(): readonly string[];
}

/** @throws {Error} when two processors claim the same type. */
export function createProcessorRegistry(
  processors: readonly RegisteredProcessor[] = builtInProcessors,
): ProcessorRegistry {
  // A Map, not an object: types come from messages, and `constructor` is no processor.
  const byType = new Map<string, RegisteredProcessor>();
  for (const processor of processors) {
    if (byType.has(processor.type)) throw new Error(`two processors for the message type "${processor.type}"`);
    byType.set(processor.type, processor);
  }
  return { get: (type) => byType.get(type), types: () => [...byType.keys()] };
}
