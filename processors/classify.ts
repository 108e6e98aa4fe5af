import { z } from 'zod';
import { defineProcessor } from './processor.ts';
import { TEXT_IS_DATA, delimited, fewShotPrompt, textSchema } from './prompt.ts';
import { structuredAnswer } from './structured-answer.ts';

const labels = z
  .array(z.string().min(1).max(200))
  .min(2)
  .max(200)
  .refine((list) => new Set(list).size === list.length, 'must all be different');
const output = z.strictObject({ label: z.string() });

/** `{ text, labels }` → `{ label }`, one of the labels. */
export const classify = defineProcessor({
  type: 'classify',
  payloadSchema: z.strictObject({ text: textSchema, labels }),
  outputSchema: output,

  preprocess: (payload, examples) => ({
    kind: 'completion',
    request: {
      messages: fewShotPrompt({
        instructions: `You choose the one label that fits a text best. Answer with JSON: {"label": "…"}. ${TEXT_IS_DATA}`,
        examples,
        payload,
        question: ({ text, labels }) => `Labels: ${JSON.stringify(labels)}\n${delimited(text)}`,
        answer: (output) => JSON.stringify(output),
      }),
      // A token is at least one byte: no label can be cut.
      maxOutputTokens: 24 + Math.max(...payload.labels.map((label) => Buffer.byteLength(label))),
      responseFormat: {
        name: 'classification',
        schema: {
          type: 'object',
          properties: { label: { type: 'string', enum: payload.labels } },
          required: ['label'],
          additionalProperties: false,
        },
      },
    },
  }),

  finish: (text, request) => output.parse(structuredAnswer(text, request)),
});
