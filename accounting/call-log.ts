import type { Logger } from '../telemetry/logger.ts';
import type { CallFacts } from './call-accounts.ts';
import type { Pricing } from './pricing.ts';

/** Names come from the provider: few, and cut, or they are not kept. */
const MAX_WARNED_MODELS = 100;
const MAX_NAME_CHARS = 100;

export interface CallLog {
  /** One line for each call. Only numbers and names: none has a word of a payload or an answer. */
  write(facts: CallFacts, call: { readonly model: string } & Readonly<Record<string, unknown>>): void;
  /** Once for each model. */
  warnUnpriced(model: string): void;
}

export function createCallLog(logger: Logger, pricing: Pricing): CallLog {
  const warned = new Set<string>();
  return {
    write(facts, { model, ...call }) {
      const { workflowId, runId, type, tenant, attempt, provider, batch, lostBefore } = facts;
      const lost = lostBefore > 0 ? pricing.most(facts, lostBefore) : undefined;
      logger.info(
        {
          ...{ workflowId, runId, type, tenant, attempt, provider, model: model.slice(0, MAX_NAME_CHARS), batch },
          ...call,
          ...(lost && { lostBefore, lostTokensUpTo: lost.tokens, lostCostUpTo: lost.cost?.amount }),
        },
        'provider call',
      );
    },
    warnUnpriced(model) {
      const name = model.slice(0, MAX_NAME_CHARS);
      if (warned.has(name) || warned.size >= MAX_WARNED_MODELS) return;
      warned.add(name);
      logger.warn({ model: name }, 'no price for this model in PRICES_FILE: its calls have no cost');
    },
  };
}
