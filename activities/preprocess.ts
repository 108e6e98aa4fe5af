import type { Preprocessed, PreprocessInput } from '../contracts/pipeline.ts';
import type { ExampleRepository } from '../examples/example-repository.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import { refuseTooLarge } from './output-size.ts';
import { parseMessage, processorOf } from './validate.ts';

/** Builds the prompt with the newest few-shot examples, or finishes without the model where the type can. */
export function createPreprocess(deps: {
  registry: ProcessorRegistry;
  examples: ExampleRepository;
  /** Total deadline of a provider call, in milliseconds. */
  llmTimeoutMs: number;
  /** Message types whose requests go through the provider's batches. */
  batchTypes: ReadonlySet<string>;
}) {
  return function preprocess({ type, record }: PreprocessInput): Promise<Preprocessed> {
    const { payload } = parseMessage(record);
    const set = deps.examples.setFor(type);
    const preparation = processorOf(deps.registry, type).preprocess(payload, set?.examples ?? []);
    if (preparation.kind === 'output') {
      refuseTooLarge(preparation.output);
      return Promise.resolve(preparation);
    }
    if (preparation.lastResort !== undefined) refuseTooLarge(preparation.lastResort.output);
    return Promise.resolve({
      ...preparation,
      timeoutMs: deps.llmTimeoutMs,
      ...(deps.batchTypes.has(type) ? { batch: true } : {}),
      ...(set === undefined ? {} : { examplesVersion: set.version }),
    });
  };
}
