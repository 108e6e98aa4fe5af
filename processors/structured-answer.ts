import type { CompletionRequest, JsonValue } from '../contracts/completion.ts';
import { isDeeperThan } from '../contracts/json-depth.ts';
import { MAX_JSON_DEPTH } from '../contracts/limits.ts';
import { problemsWith } from './json-schema.ts';
import { RejectedAnswerError } from './processor.ts';

const MAX_PROBLEM_CHARS = 400;

/**
 * The model's answer as JSON of the schema that was asked for. Checked here although providers promise it: not all servers
 * that speak their protocol keep the promise.
 * @throws {RejectedAnswerError}
 */
export function structuredAnswer(text: string, request: CompletionRequest): JsonValue {
  const value = parse(withoutFence(text.trim()));
  // Deeper values overflow the stack of whoever writes them as JSON again.
  if (isDeeperThan(MAX_JSON_DEPTH, value)) throw rejected('The JSON is nested too deep.');
  const problems = problemsWith(value, request.responseFormat?.schema ?? {});
  if (problems.length > 0) throw rejected(`The JSON does not fit its schema: ${problems.join('; ')}`);
  return value;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw rejected(`The answer is not JSON (${error instanceof Error ? error.message : String(error)}).`);
  }
}

/** Models without a JSON mode like to wrap their answer in a Markdown code fence. */
function withoutFence(text: string): string {
  if (!text.startsWith('```') || !text.endsWith('```')) return text;
  return text.slice(3, -3).replace(/^json/i, '');
}

function rejected(problem: string): RejectedAnswerError {
  return new RejectedAnswerError(
    problem.length > MAX_PROBLEM_CHARS ? `${problem.slice(0, MAX_PROBLEM_CHARS)}…` : problem,
  );
}
