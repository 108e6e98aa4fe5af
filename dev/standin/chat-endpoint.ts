import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerTo, tokensIn } from './answer.ts';
import type { StandInBehaviour } from './behaviour.ts';
import { ChatRequestError, parseChatRequest, type ChatRequest } from './chat-request.ts';
import { parseDirectives, type DirectiveCounter } from './directives.ts';
import { FAULTS, type Fault, type OpenAiError } from './faults.ts';
import { readBody } from './http-body.ts';
import type { Ledger } from './ledger.ts';
import { giveAnswer, type Exchange } from './outcomes.ts';
import type { RateDecision, RateLimits } from './rate-limits.ts';

export interface ChatEndpointDeps {
  readonly ledger: Ledger;
  readonly directives: DirectiveCounter;
  /** As set at the moment: it changes while the server runs. */
  readonly behaviour: () => StandInBehaviour;
  readonly rateLimits: RateLimits;
  /** 0…1, from the seed of the behaviour. */
  readonly random: () => number;
}

interface Plan {
  readonly latencyMs: number;
  readonly fault?: { readonly name: string } & Fault;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `POST /v1/chat/completions`: every call is in the ledger, whatever becomes of it. Never rejects. */
export function createChatEndpoint(deps: ChatEndpointDeps) {
  const { ledger } = deps;
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = request.headers['x-client-request-id'];
    const sequence = ledger.begin(typeof requestId === 'string' ? requestId : null);
    response.once('close', () => {
      // After a complete answer the call has ended already, and this does nothing.
      ledger.end(sequence, { aborted: true });
    });
    if (deps.behaviour().down === true) {
      ledger.noteFault(sequence, 'down');
      ledger.end(sequence, {});
      response.destroy();
      return;
    }
    const body = await readBody(request);
    if (body === undefined) {
      response.destroy();
      return;
    }
    const exchange = createExchange({ response, ledger, sequence });
    try {
      const chat = parseChatRequest(body);
      ledger.identify(sequence, { promptHash: chat.promptHash, prompt: chat.subject });
      run(chat, exchange, deps);
    } catch (error) {
      if (error instanceof ChatRequestError) exchange.fail({ status: 400, error: error.error });
      else exchange.fail({ status: 500, error: errorBody(error instanceof Error ? error.message : String(error)) });
    }
  };
}

function run(chat: ChatRequest, exchange: Exchange, deps: ChatEndpointDeps): void {
  const promptTokens = chat.messages.reduce((sum, message) => sum + tokensIn(message.content), 0);
  const charge = Math.max(promptTokens, chat.maxTokens ?? 0);
  // A call that the limit refuses must not use up a directive: the sample would show something else than it says.
  const decision = deps.rateLimits.decide(performance.now(), charge);
  deps.ledger.noteTokens(exchange.sequence, { askedTokens: charge, chargedTokens: decision.allowed ? charge : 0 });
  exchange.addHeaders(decision.headers);
  if (!decision.allowed) {
    refuse(exchange, chat.model, decision);
    return;
  }
  const plan = planFor(chat, deps);
  if (plan.fault !== undefined) exchange.noteFault(plan.fault.name);
  if (plan.headers !== undefined) exchange.addHeaders(plan.headers);
  const reply = () => {
    const cachedTokens = Math.floor(promptTokens * (deps.behaviour().cachedShare ?? 0));
    giveAnswer({ chat, promptTokens, cachedTokens, text: answerTo(chat) }, exchange, plan.fault?.effect);
  };
  if (plan.latencyMs > 0) exchange.after(plan.latencyMs, reply);
  else reply();
}

function planFor(chat: ChatRequest, { behaviour, directives, random }: ChatEndpointDeps): Plan {
  const { latencyMs = 0, errorMix = {} } = behaviour();
  const asked = parseDirectivesOf(chat.subject);
  const next = directives.next(chat.promptHash, asked);
  const delays = asked.map((directive) => directive.latencyMs ?? 0);
  const plan = { latencyMs: Math.max(latencyMs, ...delays) };
  if (next?.fault !== undefined) return { ...plan, fault: next.fault, headers: next.headers };
  let draw = Object.keys(errorMix).length === 0 ? Infinity : random();
  for (const [name, share] of Object.entries(errorMix)) {
    const fault = FAULTS[name];
    if (draw < share && fault !== undefined) return { ...plan, fault: { name, ...fault } };
    draw -= share;
  }
  return plan;
}

function parseDirectivesOf(text: string) {
  try {
    return parseDirectives(text);
  } catch (error) {
    throw new ChatRequestError((error as Error).message, { param: 'messages', code: 'unknown_directive' });
  }
}

function refuse(exchange: Exchange, model: string, decision: RateDecision & { allowed: false }): void {
  const { over, limit, used, retryAfterMs } = decision;
  const unit = over === 'requests' ? 'requests per min (RPM)' : 'tokens per min (TPM)';
  const advice =
    retryAfterMs === undefined ? 'The request is too large.' : `Please try again in ${String(retryAfterMs)}ms.`;
  if (retryAfterMs !== undefined) {
    const seconds = String(Math.ceil(retryAfterMs / 1_000));
    exchange.addHeaders({ 'retry-after-ms': String(retryAfterMs), 'retry-after': seconds });
  }
  const message = `Rate limit reached for ${model} on ${unit}: Limit ${String(limit)}, Used ${String(used)}. ${advice}`;
  const error: OpenAiError = { message, type: over, param: null, code: 'rate_limit_exceeded' };
  exchange.noteFault('rate-limit');
  exchange.fail({ status: 429, error });
}

const errorBody = (message: string): OpenAiError => ({ message, type: 'server_error', param: null, code: null });

function createExchange(call: { response: ServerResponse; ledger: Ledger; sequence: number }): Exchange {
  const { response, ledger, sequence } = call;
  const startedAt = performance.now();
  response.setHeader('x-request-id', `req_stand-in-${String(sequence)}`);
  const send = (status: number, body: string) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'openai-processing-ms': String(Math.round(performance.now() - startedAt)),
    });
    response.end(body);
  };
  return {
    sequence,
    response,
    addHeaders(headers) {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    },
    after(ms, action) {
      const timer = setTimeout(action, ms);
      response.once('close', () => {
        clearTimeout(timer);
      });
    },
    noteFault(name) {
      ledger.noteFault(sequence, name);
    },
    end(end) {
      ledger.end(sequence, end);
    },
    fail({ status, error }) {
      ledger.end(sequence, { status });
      send(status, JSON.stringify({ error }));
    },
    send,
  };
}
