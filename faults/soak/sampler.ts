import { setTimeout as delay } from 'node:timers/promises';
import type { CaseBed } from '../bed/case-bed.ts';
import { metricsText, sumOf } from '../bed/metrics.ts';
import { countOpenMessages } from '../bed/open-workflows.ts';
import type { CaseProcess } from '../bed/processes.ts';
import type { ProcessSample, SystemSample } from './samples.ts';

const EVERY_MS = 5_000;

export interface SoakSamples {
  readonly processes: readonly ProcessSample[];
  readonly system: readonly SystemSample[];
  stop(): Promise<void>;
}

/** Asks processes and servers every five seconds. Who does not answer, because a fault holds it, leaves a gap. */
export function startSampling(bed: CaseBed): SoakSamples {
  const startedAt = Date.now();
  const processes: ProcessSample[] = [];
  const system: SystemSample[] = [];
  const stopping = new AbortController();

  async function sampleProcess(one: CaseProcess): Promise<void> {
    const text = await metricsText(one.metricsUrl);
    if (text === undefined) return;
    processes.push({
      at: Date.now() - startedAt,
      process: one.name,
      rssBytes: sumOf(text, 'process_resident_memory_bytes') ?? 0,
      handles: sumOf(text, 'nodejs_active_handles_total') ?? 0,
      loopDelayMs: (sumOf(text, 'nodejs_eventloop_lag_p99_seconds') ?? 0) * 1_000,
    });
  }

  async function sampleSystem(): Promise<void> {
    const [open, results, deadLetters] = await Promise.all([
      countOpenMessages(bed.client),
      bed.progress.results(),
      bed.progress.deadLetters(),
    ]);
    const unanswered = Math.max(0, bed.sender.sent.length - results - deadLetters);
    system.push({ at: Date.now() - startedAt, unanswered, openWorkflows: open });
  }

  const sampling = (async () => {
    while (!stopping.signal.aborted) {
      await Promise.allSettled([...bed.processes.running().map(sampleProcess), sampleSystem()]);
      await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    processes,
    system,
    async stop() {
      stopping.abort();
      await sampling;
    },
  };
}
