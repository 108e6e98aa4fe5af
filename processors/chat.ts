import { z } from 'zod';
import type { PromptMessage } from '../contracts/completion.ts';
import { RejectedAnswerError, defineProcessor, type ExampleOf } from './processor.ts';
import { textSchema } from './prompt.ts';

const MAX_OUTPUT_TOKENS = 2_048;

const payload = z.strictObject({
  messages: z
    .array(z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: textSchema }))
    .min(1)
    .max(500)
    .refine((messages) => messages.at(-1)?.role === 'user', 'must end with a message of the role "user"'),
});
const output = z.strictObject({ message: z.strictObject({ role: z.literal('assistant'), content: textSchema }) });
type Chat = ExampleOf<z.infer<typeof payload>, z.infer<typeof output>>;

/** `{ messages }` → `{ message }`, the assistant's next one. */
export const chat = defineProcessor({
  type: 'chat',
  payloadSchema: payload,
  outputSchema: output,

  preprocess: ({ messages }, examples) => ({
    kind: 'completion',
    request: { messages: withExamples(messages, examples), maxOutputTokens: MAX_OUTPUT_TOKENS },
  }),

  finish(text) {
    const content = text.trim();
    if (content === '') throw new RejectedAnswerError('The answer is empty; answer the last message.');
    return { message: { role: 'assistant' as const, content } };
  },
});

/** Example conversations stand after the opening system messages, which set the tone for them too, and bring none of their own. */
function withExamples(messages: PromptMessage[], examples: readonly Chat[]): PromptMessage[] {
  const firstTurn = messages.findIndex(({ role }) => role !== 'system');
  const turns = examples.flatMap(({ input, output }) => [
    ...input.messages.filter(({ role }) => role !== 'system'),
    output.message,
  ]);
  return [...messages.slice(0, firstTurn), ...turns, ...messages.slice(firstTurn)];
}
