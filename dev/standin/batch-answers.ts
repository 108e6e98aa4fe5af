import { answerTo } from './answer.ts';
import { planFor, promptTokensOf, type ChatEndpointDeps } from './chat-endpoint.ts';
import { ChatRequestError, parseChatRequest } from './chat-request.ts';
import { giveBatchAnswer } from './outcomes.ts';

/** A line of a batch's input file, as far as it is read. */
export interface BatchLine {
  readonly customId: string;
  readonly body: unknown;
}
export interface LineAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Answers a line as the chat endpoint would, directives included, except that no limit counts it. It is in the ledger like a call. */
export function createBatchAnswers(deps: Omit<ChatEndpointDeps, 'rateLimits'>) {
  const { ledger } = deps;
  return ({ customId, body }: BatchLine): LineAnswer => {
    const sequence = ledger.begin(customId, { batch: true });
    let answer: LineAnswer = { status: 500, body: null };
    const exchange = {
      sequence,
      end: ledger.end.bind(ledger, sequence),
      fail({ status, error }: { status: number; error: unknown }) {
        ledger.end(sequence, { status });
        answer = { status, body: { error } };
      },
      send(status: number, text: string) {
        answer = { status, body: JSON.parse(text) as unknown };
      },
    };
    try {
      const chat = parseChatRequest(JSON.stringify(body));
      ledger.identify(sequence, { promptHash: chat.promptHash, prompt: chat.subject });
      const { fault } = planFor(chat, deps);
      if (fault !== undefined) ledger.noteFault(sequence, fault.name);
      giveBatchAnswer(
        { chat, promptTokens: promptTokensOf(chat), cachedTokens: 0, text: answerTo(chat) },
        exchange,
        fault?.effect,
      );
    } catch (error) {
      if (!(error instanceof ChatRequestError)) throw error;
      exchange.fail({ status: 400, error: error.error });
    }
    return answer;
  };
}
