import type { ServerResponse } from 'node:http';
import { tokensIn } from './answer.ts';
import type { ChatRequest } from './chat-request.ts';
import type { Effect, OpenAiError } from './faults.ts';
import type { CallEnd } from './ledger.ts';

/** One HTTP exchange: the response, and the call's line in the ledger. */
export interface Exchange {
  readonly sequence: number;
  readonly response: ServerResponse;
  addHeaders(headers: Readonly<Record<string, string>>): void;
  /** Runs the action later, unless the client closes the connection before. */
  after(ms: number, action: () => void): void;
  noteFault(name: string): void;
  end(end: CallEnd): void;
  fail(failure: { status: number; error: OpenAiError }): void;
  send(status: number, body: string): void;
}

export interface Draft {
  readonly chat: ChatRequest;
  readonly promptTokens: number;
  /** Of `promptTokens`. */
  readonly cachedTokens: number;
  readonly text: string;
}

const REFUSAL = "I'm sorry, but I can't help with that.";
const HUGE_BYTES = 32 * 1024 * 1024;
const HUGE_CHUNK = Buffer.alloc(64 * 1024, 'x');

/** Ends the exchange with the answer, or with what the fault makes of it. */
export function giveAnswer(draft: Draft, exchange: Exchange, effect: Effect | undefined): void {
  switch (effect?.kind) {
    case 'error':
      exchange.fail(effect);
      return;
    case 'echo-key':
      exchange.fail({ status: effect.status, error: keyEcho(keyOf(exchange)) });
      return;
    case 'echo-key-in-refusal':
      complete({ ...draft, message: refusalOf(`I'm sorry, but ${keyOf(exchange)} may not ask for that.`) }, exchange);
      return;
    case 'hang':
      return;
    case 'reset':
      exchange.end({});
      // RST rather than FIN, as a crashing proxy sends.
      exchange.response.socket?.resetAndDestroy();
      return;
    case 'stall-body':
      sendHalf(draft, exchange);
      return;
    case 'cut-body':
      exchange.end({});
      sendHalf(draft, exchange, () => exchange.response.socket?.resetAndDestroy());
      return;
    case 'huge-body':
      void sendHuge(draft, exchange);
      return;
    default:
      complete(shaped(draft, effect), exchange);
  }
}

/** The answer to a line of a batch: no connection is there to be broken, and no key with it, so such faults are errors of the server. */
export function giveBatchAnswer(
  draft: Draft,
  exchange: Pick<Exchange, 'sequence' | 'end' | 'fail' | 'send'>,
  effect: Effect | undefined,
): void {
  if (effect?.kind === 'error') exchange.fail(effect);
  else if (effect !== undefined && ON_THE_WIRE.includes(effect.kind)) exchange.fail(BROKEN);
  else complete(shaped(draft, effect), exchange);
}

const ON_THE_WIRE: readonly Effect['kind'][] = [
  'echo-key',
  'echo-key-in-refusal',
  'hang',
  'reset',
  'stall-body',
  'huge-body',
];
const BROKEN = {
  status: 500,
  error: { message: 'The server had an error.', type: 'server_error', param: null, code: null },
};

interface Message {
  readonly content: string | null;
  readonly refusal: string | null;
  readonly finishReason: 'stop' | 'length' | 'content_filter';
}
type Shaped = Draft & { readonly message: Message };

const refusalOf = (refusal: string): Message => ({ content: null, refusal, finishReason: 'stop' });

function shaped(draft: Draft, effect: Effect | undefined): Shaped {
  const { text, chat } = draft;
  const stop = { refusal: null, finishReason: 'stop' } as const;
  const half = text.slice(0, Math.ceil(text.length / 2));
  switch (effect?.kind) {
    case 'refusal':
      return { ...draft, message: refusalOf(REFUSAL) };
    case 'length':
      return { ...draft, message: { ...stop, content: half, finishReason: 'length' } };
    case 'content-filter':
      return { ...draft, message: { ...stop, content: '', finishReason: 'content_filter' } };
    case 'invalid-json':
      return { ...draft, message: { ...stop, content: `Sure! Here it is: ${half}` } };
    default: {
      const maxChars = (chat.maxTokens ?? Infinity) * 4;
      if (text.length <= maxChars) return { ...draft, message: { ...stop, content: text } };
      return { ...draft, message: { ...stop, content: text.slice(0, maxChars), finishReason: 'length' } };
    }
  }
}

function complete(answer: Shaped, exchange: Pick<Exchange, 'sequence' | 'end' | 'send'>): void {
  const outputTokens = tokensIn(answer.message.content ?? answer.message.refusal ?? '');
  // Before the bytes leave: whoever has the answer finds the call ended.
  exchange.end({ status: 200, inputTokens: answer.promptTokens, cachedTokens: answer.cachedTokens, outputTokens });
  exchange.send(200, JSON.stringify(bodyOf(answer, { sequence: exchange.sequence, outputTokens })));
}

function bodyOf(
  { chat, promptTokens, cachedTokens, message }: Shaped,
  detail: { sequence: number; outputTokens: number },
) {
  return {
    id: `chatcmpl-stand-in-${String(detail.sequence)}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    // OpenAI answers with a dated name; this one keeps results from being taken for a model's.
    model: `${chat.model}-stand-in`,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: message.content, refusal: message.refusal, annotations: [] },
        logprobs: null,
        finish_reason: message.finishReason,
      },
    ],
    usage: {
      prompt_tokens: promptTokens,
      prompt_tokens_details: { cached_tokens: cachedTokens },
      completion_tokens: detail.outputTokens,
      total_tokens: promptTokens + detail.outputTokens,
    },
    service_tier: 'default',
    system_fingerprint: 'fp_stand_in',
  };
}

const keyOf = ({ response }: Exchange) => (response.req.headers.authorization ?? '').replace('Bearer ', '');

/** The last time with nothing beside it that says what it is. */
const keyEcho = (key: string): OpenAiError => ({
  message: `Incorrect API key provided: ${key}. You sent "Authorization: Bearer ${key}". Nobody here knows ${key}`,
  type: 'invalid_request_error',
  param: null,
  code: 'invalid_api_key',
});

function sendHalf(draft: Draft, { response, sequence }: Exchange, onSent?: () => void): void {
  const body = JSON.stringify(bodyOf(shaped(draft, undefined), { sequence, outputTokens: tokensIn(draft.text) }));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.write(body.slice(0, body.length / 2), onSent);
}

async function sendHuge(draft: Draft, exchange: Exchange): Promise<void> {
  const { response, sequence } = exchange;
  const marker = 'HUGE';
  const body = JSON.stringify(bodyOf(shaped({ ...draft, text: marker }, undefined), { sequence, outputTokens: 0 }));
  const [before = '', after = ''] = body.split(marker);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write(before);
  for (let sent = 0; sent < HUGE_BYTES && !response.destroyed; sent += HUGE_CHUNK.length) {
    if (!response.write(HUGE_CHUNK)) await drained(response);
  }
  exchange.end({ status: 200, inputTokens: draft.promptTokens, aborted: response.destroyed });
  response.end(after);
}

/** Also when the client is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
