import type { ChatRequest } from './chat-request.ts';
import { withoutDirectives } from './directives.ts';
import { fillSchema } from './schema-filler.ts';
import { createTextFacts } from './text-facts.ts';

/** The text a call is answered with: always the same for the same request, and never from a model. */
export function answerTo(request: ChatRequest): string {
  const facts = createTextFacts(bodyOf(withoutDirectives(request.subject)));
  if (request.wantsJson) {
    return JSON.stringify(
      request.schema === undefined ? { answer: firstWords(facts.sentences) } : fillSchema(request.schema, facts),
    );
  }
  const isSummary = request.messages.some(
    ({ role, content }) => role !== 'assistant' && /summar/i.test(content.slice(0, 2_000)),
  );
  if (isSummary) return firstWords(facts.sentences);
  return `About "${firstWords(facts.sentences, 120)}": this is the stand-in's reply, not a model's. It noticed ${facts.keywords.slice(0, 3).join(', ') || 'nothing'}.`;
}

/** Prompts often fence the text they are about, as in `<text>…</text>`: what is around it is instruction. */
function bodyOf(prompt: string): string {
  // Only the first tag is tried: mail full of unclosed ones would make a search for every pair quadratic.
  const open = /<(\w{1,20})>/.exec(prompt);
  if (open === null) return prompt;
  const start = open.index + open[0].length;
  const end = prompt.lastIndexOf(`</${open[1] ?? ''}>`);
  return end < start ? prompt : prompt.slice(start, end).trim();
}

function firstWords(sentences: readonly string[], maxChars = 300): string {
  const [first = '(empty)', second = ''] = sentences;
  const both = `${first} ${second}`.trim();
  const text = both.length <= maxChars ? both : first;
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1).trimEnd()}…`;
}

/** Tokens as the stand-in counts them: four characters each. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4);
