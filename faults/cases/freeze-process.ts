import { setTimeout as delay } from 'node:timers/promises';
import type { CaseBed } from '../bed/case-bed.ts';
import type { Part } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import type { Allowances } from '../checker/verdict.ts';
import { messages } from '../messages.ts';
import { between } from './random.ts';

const MESSAGES = 300;
/** Two of each, so that somebody can take over from the one that hangs. */
const TWO_OF_EACH: readonly Part[] = ['bridge', 'bridge', 'pipeline', 'pipeline', 'llm', 'llm'];
const SHORT_MS = 5_000;

interface Victim {
  readonly part: Part;
  readonly processes: readonly Part[];
  /** Beyond every time-out that notices it: the group's session, a workflow task, a heartbeat. */
  readonly longMs: number;
  readonly allows: Allowances;
}

const late = 'what a hanging process did after it was replaced';
const VICTIMS: readonly Victim[] = [
  { part: 'bridge', processes: TWO_OF_EACH, longMs: 40_000, allows: { repeatedRecords: late } },
  { part: 'pipeline', processes: TWO_OF_EACH, longMs: 15_000, allows: { repeatedRecords: late } },
  { part: 'llm', processes: TWO_OF_EACH, longMs: 26_000, allows: { repeatedCalls: late } },
  {
    part: 'standalone',
    processes: ['standalone', 'standalone'],
    longMs: 40_000,
    allows: { repeatedRecords: late, repeatedCalls: late },
  },
];

/** SIGSTOP and SIGCONT: a machine that hangs, and goes on as if nothing had happened. */
export const freezeProcess: readonly FaultCase[] = VICTIMS.flatMap((victim) =>
  (['short', 'long'] as const).map((length): FaultCase => {
    const forMs = length === 'short' ? SHORT_MS : victim.longMs;
    return {
      name: `freeze-${victim.part}-${length}`,
      tier: victim.part === 'llm' && length === 'long' ? 1 : 2,
      about: `one of two ${victim.part} processes hangs for ${String(forMs / 1_000)} s under load`,
      processes: victim.processes,
      env: { LLM_MAX_CONCURRENCY: '4' },
      standIn: { latencyMs: 100 },
      allows: victim.allows,
      run: (bed) => freezeUnderLoad(bed, victim.part, forMs),
    };
  }),
);

async function freezeUnderLoad({ progress, processes, faults, sender, random }: CaseBed, part: Part, forMs: number) {
  const freezeAt = between(random, 10, 100);
  await sender.send(messages(MESSAGES));
  await progress.until(`${String(freezeAt)} results`, async () => (await progress.results()) >= freezeAt);
  const victim = processes.one(part);
  const what = `${part} hangs for ${String(forMs / 1_000)} s from ${String(freezeAt)} results on`;
  await faults.during(what, async () => {
    victim.freeze();
    await delay(forMs);
    victim.thaw();
  });
}
