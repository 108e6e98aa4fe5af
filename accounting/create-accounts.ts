import type { Prices } from '../config/prices.ts';
import type { CompletionRequest } from '../contracts/completion.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createCallAccounts, type CallAccounts, type CallAccountsDeps } from './call-accounts.ts';
import { createCallLog } from './call-log.ts';
import { createPricing } from './pricing.ts';

/** The accounts of a process, by its price list. */
export function createAccounts(options: {
  readonly prices: Prices | undefined;
  readonly askedModel: (provider: string) => string;
  readonly estimateTokens: (request: CompletionRequest) => number;
  readonly metrics: Metrics['llm'];
  readonly logger: Logger;
  readonly onSpent?: CallAccountsDeps['onSpent'];
}): CallAccounts {
  const { askedModel, metrics, logger, onSpent } = options;
  const pricing = createPricing(options);
  return createCallAccounts({ pricing, askedModel, metrics, log: createCallLog(logger, pricing), onSpent });
}
