import { withAdmin } from '../../dev/stack/topics.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import type { StandInClient, StandInStats } from '../../dev/standin/client.ts';
import { metric } from './metrics.ts';
import type { Processes } from './processes.ts';
import type { CaseTopics } from './topics.ts';

/** How far a case has come, seen from outside. Each rejects while the server that is asked is down. */
export interface Progress {
  results(): Promise<number>;
  deadLetters(): Promise<number>;
  /** Records that the running bridges have made durable, redelivered ones too. */
  handled(): Promise<number>;
  provider(): Promise<StandInStats>;
  /** Resolves when `condition` holds; asks every 20 ms. */
  until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs?: number): Promise<void>;
}

export function createProgress(of: {
  readonly brokers: readonly string[];
  readonly topics: CaseTopics;
  readonly standIn: StandInClient;
  readonly processes: Processes;
}): Progress {
  const count = async (topic: string) => {
    const partitions = await withAdmin(of.brokers, (admin) => admin.fetchTopicOffsets(topic));
    return partitions.reduce((sum, { high }) => sum + Number(high), 0);
  };
  return {
    results: () => count(of.topics.output),
    deadLetters: () => count(of.topics.deadLetters),
    async handled() {
      const bridges = of.processes.running().filter(({ part }) => part === 'bridge' || part === 'standalone');
      const counts = await Promise.all(bridges.map((one) => metric(one, 'pipeline_bridge_records_total')));
      return counts.reduce<number>((sum, handled) => sum + (handled ?? 0), 0);
    },
    provider: () => of.standIn.stats(),
    async until(what, condition, timeoutMs = 60_000) {
      await waitUntil(what, condition, { timeoutMs, everyMs: 20 });
    },
  };
}
