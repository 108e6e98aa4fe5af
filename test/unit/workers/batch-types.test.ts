import { z } from 'zod';
import { loadConfig } from '../../../config/load.ts';
import { ConfigurationError } from '../../../lifecycle/errors.ts';
import { defineProcessor } from '../../../processors/processor.ts';
import { builtInProcessors, createProcessorRegistry } from '../../../processors/registry.ts';
import { batchTypesOf } from '../../../workers/batch-types.ts';

const patient = defineProcessor({
  type: 'patient',
  batch: true,
  payloadSchema: z.strictObject({}),
  outputSchema: z.null(),
  preprocess: () => ({ kind: 'output', output: null }),
});
const registry = createProcessorRegistry([...builtInProcessors, patient]);
const typesWith = (LLM_BATCH_TYPES: string) => [
  ...batchTypesOf(loadConfig({ OPENAI_API_KEY: 'key', LLM_BATCH_TYPES }).llm.batch.types, registry),
];

test('without LLM_BATCH_TYPES the processors say what goes in batches; with it, it alone does', () => {
  expect(typesWith('')).toEqual(['patient']);
  expect(typesWith('summarize, chat')).toEqual(['summarize', 'chat']);
  expect(typesWith('none')).toEqual([]);
});

test('a type that no processor has is a problem of the configuration, named', () => {
  expect(() => typesWith('summarize,sumarize')).toThrow(ConfigurationError);
  expect(() => typesWith('summarize,sumarize')).toThrow('no processor for sumarize');
});
