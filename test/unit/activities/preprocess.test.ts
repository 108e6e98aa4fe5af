import { z } from 'zod';
import { createPreprocess } from '../../../activities/preprocess.ts';
import { createExampleRepository } from '../../../examples/example-repository.ts';
import { defineProcessor } from '../../../processors/processor.ts';
import { createProcessorRegistry } from '../../../processors/registry.ts';
import { aRecord } from '../../support/messages.ts';

/** Finishes without the model, with as many control characters as asked: each is six bytes as JSON. */
const filler = defineProcessor({
  type: 'filler',
  payloadSchema: z.strictObject({ characters: z.int() }),
  outputSchema: z.strictObject({ text: z.string() }),
  preprocess: ({ characters }) => ({ kind: 'output', output: { text: '\u0001'.repeat(characters) } }),
});
const preprocess = createPreprocess({
  registry: createProcessorRegistry([filler]),
  examples: createExampleRepository(),
  llmTimeoutMs: 1_000,
  batchTypes: new Set(),
});
const run = async (characters: number) =>
  preprocess({ type: 'filler', record: aRecord({ type: 'filler', payload: { characters } }) });

test('an output finished without the model is bounded as JSON, where a run would otherwise be stuck', async () => {
  await expect(run(80_000)).resolves.toMatchObject({ kind: 'output' });
  await expect(run(100_000)).rejects.toMatchObject({ type: 'Output.TooLarge', nonRetryable: true });
});
