import type { BatchLine, LineAnswer } from './batch-answers.ts';
import type { BatchProblem } from './batch-object.ts';
import { isRecord } from './chat-request.ts';

const ENDPOINT = '/v1/chat/completions';

/** Reads a batch's input file, and finds what OpenAI's validation would. */
export function readBatchInput(content: string): { lines: BatchLine[]; problems: BatchProblem[] } {
  const lines: BatchLine[] = [];
  const problems: BatchProblem[] = [];
  const seen = new Set<unknown>();
  for (const [index, text] of content.split('\n').entries()) {
    if (text === '') continue;
    const line = index + 1;
    const parsed = parse(text);
    const { custom_id: customId, method, url, body } = parsed ?? {};
    if (parsed === undefined)
      problems.push({ code: 'invalid_json_line', message: 'This line is not valid JSON.', line });
    else if (typeof customId !== 'string' || method !== 'POST' || url !== ENDPOINT) {
      problems.push({
        code: 'invalid_request',
        message: `custom_id, method or url is not right for ${ENDPOINT}.`,
        line,
      });
    } else if (seen.has(customId)) {
      problems.push({ code: 'duplicate_custom_id', message: `The custom_id '${customId}' occurs before.`, line });
    } else lines.push({ customId, body });
    seen.add(customId);
  }
  if (lines.length + problems.length === 0) {
    problems.push({ code: 'empty_file', message: 'The input file is empty.', line: null });
  }
  return { lines, problems };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** What became of a line: its answer, or the status of the batch that ended before it. */
export interface Outcome {
  readonly line: BatchLine;
  readonly answer?: LineAnswer;
  readonly unanswered?: string;
}

/** A line of the output file or the error file, with its line break. */
export function toOutcomeLine({ line: { customId }, answer, unanswered }: Outcome): string {
  const response = answer && { status_code: answer.status, request_id: `req_${customId}`, body: answer.body };
  const message = 'This request could not be executed before the batch ended.';
  const error = unanswered === undefined ? null : { code: `batch_${unanswered}`, message };
  return `${JSON.stringify({ id: `batch_req_${customId}`, custom_id: customId, response: response ?? null, error })}\n`;
}
