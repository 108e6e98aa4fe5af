import { z } from 'zod';
import { createPreprocess } from '../../../activities/preprocess.ts';
import { createExampleRepository } from '../../../examples/example-repository.ts';
import { defineProcessor } from '../../../processors/processor.ts';
import { createProcessorRegistry } from '../../../processors/registry.ts';
import { aRecord } from '../../support/messages.ts';

const schemas = {
  payloadSchema: z.strictObject({ characters: z.int() }),
  outputSchema: z.strictObject({ text: z.string() }),
};
/** As many control characters as asked: each is six bytes as JSON. */
const outputOf = ({ characters }: { characters: number }) => ({ text: '\u0001'.repeat(characters) });
/** Finishes without the model. */
const filler = defineProcessor({
  type: 'filler',
  ...schemas,
  preprocess: (payload) => ({ kind: 'output', output: outputOf(payload) }),
});
const patient = defineProcessor({
  type: 'patient',
  ...schemas,
  preprocess: (payload) => ({
    kind: 'completion',
    request: { messages: [], maxOutputTokens: 10 },
    lastResort: { afterMs: 1_000, output: outputOf(payload) },
  }),
  finish: (text) => ({ text }),
});
const preprocess = createPreprocess({
  registry: createProcessorRegistry([filler, patient]),
  examples: createExampleRepository(),
  llmTimeoutMs: 1_000,
  batchTypes: new Set(),
});
const run = async (type: string, characters: number) =>
  preprocess({ type, record: aRecord({ type, payload: { characters } }) });

test.each(['filler', 'patient'])(
  'an output without the model is bounded as JSON, where a run would otherwise be stuck: %s',
  async (type) => {
    await run(type, 690_000);
    await expect(run(type, 700_000)).rejects.toMatchObject({ type: 'Output.TooLarge', nonRetryable: true });
  },
);

test('a last resort goes on with the message', async () => {
  expect(await run('patient', 1)).toMatchObject({
    kind: 'completion',
    lastResort: { afterMs: 1_000, output: { text: '\u0001' } },
  });
});
