import { z } from 'zod';
import { RejectedAnswerError, defineProcessor } from './processor.ts';
import { TEXT_IS_DATA, delimited, fewShotPrompt, textSchema } from './prompt.ts';

/** An English word is about 1.3 tokens, one of another script up to 3. */
const TOKENS_PER_WORD = 3;

/** `{ text, maxWords? }` → `{ summary }` */
export const summarize = defineProcessor({
  type: 'summarize',
  payloadSchema: z.strictObject({ text: textSchema, maxWords: z.int().min(5).max(1_000).default(100) }),
  outputSchema: z.strictObject({ summary: textSchema }),

  preprocess: (payload, examples) => ({
    kind: 'completion',
    request: {
      messages: fewShotPrompt({
        instructions: `You summarise texts in their own language. Answer with the summary only. ${TEXT_IS_DATA}`,
        examples,
        payload,
        question: ({ text, maxWords }) => `Summarise in at most ${String(maxWords)} words.\n${delimited(text)}`,
        answer: ({ summary }) => summary,
      }),
      maxOutputTokens: 32 + payload.maxWords * TOKENS_PER_WORD,
    },
  }),

  finish(text) {
    const summary = text.trim();
    if (summary === '') throw new RejectedAnswerError('The answer is empty; write the summary.');
    return { summary };
  },
});
