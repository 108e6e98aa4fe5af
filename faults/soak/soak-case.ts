import type { FaultCase } from '../case.ts';
import { SEPARATE } from '../bed/parts.ts';
import { messages } from '../messages.ts';
import type { SoakOptions } from './options.ts';
import { breakThings, HEALTHY } from './random-faults.ts';
import { startSampling, type SoakSamples } from './sampler.ts';
import type { SoakRecord } from './samples.ts';

const PAUSE_MS = [15_000, 45_000] as const;

/**
 * A case like those of the matrix, and judged as they are: a steady load of minutes or hours with one fault after another out of the
 * seed's. `record` has what was seen meanwhile when the case is over.
 */
export function createSoakCase({ minutes, messagesPerSecond, kills }: SoakOptions): {
  readonly soakCase: FaultCase;
  readonly record: () => SoakRecord;
} {
  let samples: SoakSamples | undefined;
  let faults: SoakRecord['faults'] = [];
  const soakCase: FaultCase = {
    name: 'soak',
    tier: 3,
    about: `${String(messagesPerSecond)} messages a second for ${String(minutes)} minutes, with faults at random${kills ? '' : ' but kills'}`,
    processes: SEPARATE,
    through: { kafka: true },
    env: { LLM_TIMEOUT_MS: '10000' },
    standIn: HEALTHY,
    allows: {
      repeatedRecords: 'written, and killed or cut off before it was known',
      repeatedCalls: 'under way, or just answered, when a process or a server was hit',
    },
    settleMs: 300_000,
    async run(bed) {
      const startedAt = Date.now();
      samples = startSampling(bed);
      const over = new AbortController();
      const breaking = breakThings(bed, { pauseMs: PAUSE_MS, kills, signal: over.signal });
      try {
        const sending = bed.sender.sendSteadily(messages(minutes * 60 * messagesPerSecond), messagesPerSecond);
        await Promise.race([sending, breaking.then(() => sending)]);
      } finally {
        over.abort();
        await breaking;
        await samples.stop();
        faults = bed.faults.windows.map(({ from }, index) => ({
          at: from - startedAt,
          what: bed.faults.evidence[index] ?? '',
        }));
      }
    },
  };
  return {
    soakCase,
    record: () => ({ processes: samples?.processes ?? [], system: samples?.system ?? [], faults }),
  };
}
