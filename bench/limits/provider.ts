import type { StandInClient } from '../../dev/standin/client.ts';
import { systemClock } from '../clock.ts';
import { changed, createLimitHistory, limitsAtFirst, type LimitHistory, type LimitStep } from './limit-history.ts';
import type { LimitChange, LimitsOptions } from './options.ts';

/** The stand-in as a provider with limits that may change. */
export interface Provider {
  /**
   * Resolves when somebody has called: when that was, in milliseconds since the epoch.
   * @throws when nobody does within two minutes
   */
  firstCallAt(): Promise<number>;
  change(change: LimitChange): Promise<void>;
  history(): LimitHistory;
}

const FIRST_CALL_TIMEOUT_MS = 120_000;
const POLL_EVERY_MS = 100;

/** Its ledger is empty and nothing of its limits is used. */
export async function openProvider(
  standIn: StandInClient,
  { options, llmLatencyMs }: { options: LimitsOptions; llmLatencyMs: number },
): Promise<Provider> {
  const set = async (limits: LimitStep['limits']): Promise<LimitStep> => {
    const { requests: requestsPerMinute, tokens: tokensPerMinute } = limits;
    await standIn.configure({ latencyMs: llmLatencyMs, requestsPerMinute, tokensPerMinute });
    return { fromMs: Date.now(), limits };
  };
  let current = await set(limitsAtFirst(options));
  const steps: [LimitStep, ...LimitStep[]] = [current];
  await standIn.reset();
  return {
    async firstCallAt() {
      const deadline = systemClock.now() + FIRST_CALL_TIMEOUT_MS;
      while (systemClock.now() < deadline) {
        const [first] = await standIn.calls();
        if (first !== undefined) return first.startedAt;
        await systemClock.sleep(POLL_EVERY_MS);
      }
      throw new Error('Nobody called the provider within two minutes, so there are no figures.');
    },
    async change(change) {
      current = await set(changed(current.limits, change));
      steps.push(current);
    },
    history: () => createLimitHistory(steps),
  };
}
