import type { Completion, CompletionRequest, Cost } from '../contracts/completion.ts';
import { toSpent, type Spent } from '../contracts/spending.ts';
import { ProviderError } from '../providers/provider.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { CallLog } from './call-log.ts';
import type { PricedCall, Pricing } from './pricing.ts';

/** Whose call it is. */
export interface CallFacts extends PricedCall {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly tenant?: string | undefined;
  /** Of the message, from 1. */
  readonly attempt: number;
  readonly request: CompletionRequest;
  /** Earlier calls for the message that were, or may have been, paid, and brought nothing. */
  readonly lostBefore: number;
}

/** Ends once, by one of the four. */
export interface OpenCall {
  /** @returns what it cost; `undefined` without a price for the model. */
  answered(completion: Completion): Cost | undefined;
  failed(error: unknown): void;
  /** Somebody wanted no answer any more: it may be billed, and there is no later attempt that would count it as lost. */
  cancelled(): void;
  /** Another call's answer did, or it never came to the call: what it cost is 0, where there are prices. */
  notMade(): Cost | undefined;
}

/** Every provider call in metrics and in one log line. */
export interface CallAccounts {
  open(facts: CallFacts): OpenCall;
  /** Calls whose worker was killed: only the heartbeat of the attempt knows of them. */
  lost(facts: CallFacts, calls: number): void;
}

export interface CallAccountsDeps {
  readonly pricing: Pricing;
  /** Of the model that is configured: calls that were not answered are put to it. */
  readonly askedModel: (provider: string) => string;
  readonly metrics: Metrics['llm'];
  readonly log: CallLog;
  /** Told of every answered call. */
  readonly onSpent?: ((tenant: string | undefined, spent: Spent) => void) | undefined;
}

export function createCallAccounts(deps: CallAccountsDeps): CallAccounts {
  const { pricing, metrics, log } = deps;
  const asked = ({ provider }: CallFacts) => deps.askedModel(provider);

  function start({ provider }: CallFacts): (outcome: string) => { outcome: string; durationMs: number } {
    const startedAt = performance.now();
    metrics.inFlight.inc();
    return (outcome) => {
      const durationMs = performance.now() - startedAt;
      metrics.inFlight.dec();
      metrics.callSeconds.observe({ provider }, durationMs / 1_000);
      metrics.calls.inc({ provider, outcome });
      return { outcome, durationMs: Math.round(durationMs) };
    };
  }

  function countAnswered(facts: CallFacts, { model, usage }: Completion): Cost | undefined {
    const cost = pricing.cost(usage, facts, model);
    const labels = { provider: facts.provider, model: pricing.labelOf(model, facts) };
    metrics.tokens.inc({ ...labels, direction: 'input' }, usage.inputTokens);
    metrics.tokens.inc({ ...labels, direction: 'cached' }, usage.cachedInputTokens ?? 0);
    metrics.tokens.inc({ ...labels, direction: 'output' }, usage.outputTokens);
    if (cost !== undefined) metrics.cost.inc({ ...labels, currency: cost.currency }, cost.amount);
    else if (pricing.hasList) {
      metrics.unpriced.inc(labels);
      log.warnUnpriced(model);
    }
    return cost;
  }

  return {
    open(facts) {
      const end = start(facts);
      return {
        answered(completion) {
          const ended = end('ok');
          const { model, usage } = completion;
          const cost = countAnswered(facts, completion);
          deps.onSpent?.(facts.tenant, toSpent(usage, cost));
          log.write(facts, { model, ...ended, ...usage, ...(cost && { cost: cost.amount, currency: cost.currency }) });
          return cost;
        },
        failed(error) {
          const ended = end(error instanceof ProviderError ? error.kind : 'cancelled');
          const isUnknown = error instanceof ProviderError && error.maybePaid;
          log.write(facts, { model: asked(facts), ...ended, ...(isUnknown && countUnknown(deps, facts, 1)) });
        },
        cancelled() {
          log.write(facts, { model: asked(facts), ...end('cancelled'), ...countUnknown(deps, facts, 1) });
        },
        notMade() {
          metrics.inFlight.dec();
          return pricing.nothing;
        },
      };
    },
    lost(facts, calls) {
      log.write(facts, { model: asked(facts), outcome: 'lost', calls, ...countUnknown(deps, facts, calls) });
    },
  };
}

function countUnknown(
  { pricing, metrics }: Pick<CallAccountsDeps, 'pricing' | 'metrics'>,
  facts: CallFacts,
  calls: number,
): Readonly<Record<string, unknown>> {
  const { provider } = facts;
  const { tokens, cost } = pricing.most(facts, calls);
  metrics.unknownOutcomes.inc({ provider }, calls);
  metrics.unknownOutcomeTokens.inc({ provider }, tokens);
  if (cost !== undefined) metrics.unknownOutcomeCost.inc({ provider, currency: cost.currency }, cost.amount);
  return { tokensUpTo: tokens, ...(cost && { costUpTo: cost.amount, currency: cost.currency }) };
}
