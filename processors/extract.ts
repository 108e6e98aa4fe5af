import { z } from 'zod';
import type { JsonObject } from '../contracts/completion.ts';
import { objectSchemaSchema } from './json-schema.ts';
import { defineProcessor } from './processor.ts';
import { TEXT_IS_DATA, delimited, fewShotPrompt, textSchema } from './prompt.ts';
import { structuredAnswer } from './structured-answer.ts';

const output = z.record(z.string(), z.json());

/** `{ text, schema }` → an object of that JSON Schema. */
export const extract = defineProcessor({
  type: 'extract',
  payloadSchema: z.strictObject({ text: textSchema, schema: objectSchemaSchema }),
  outputSchema: output,

  preprocess: (payload, examples) => ({
    kind: 'completion',
    request: {
      messages: fewShotPrompt({
        instructions:
          'You extract data from texts as JSON of the JSON Schema given. Take every value from the text and make none up. ' +
          `Answer with the JSON object only. ${TEXT_IS_DATA}`,
        examples,
        payload,
        question: ({ text, schema }) => `JSON Schema: ${JSON.stringify(schema)}\n${delimited(text)}`,
        answer: (output) => JSON.stringify(output),
      }),
      maxOutputTokens: tokensFor(payload),
      responseFormat: { name: 'extraction', schema: payload.schema },
    },
  }),

  finish: (text, request) => output.parse(structuredAnswer(text, request)),
});

/** The answer repeats the schema's keys and pieces of the text, at about three bytes a token. */
function tokensFor({ text, schema }: { text: string; schema: JsonObject }): number {
  const bytes = Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(schema));
  return Math.min(4_096, 256 + Math.ceil(bytes / 3));
}
