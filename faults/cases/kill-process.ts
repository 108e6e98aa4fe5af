import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE, type Part } from '../bed/parts.ts';
import type { FaultCase, Tier } from '../case.ts';
import type { Allowances } from '../checker/verdict.ts';
import { messages } from '../messages.ts';
import { between } from './random.ts';

const MESSAGES = 300;
/** Which part of the work is done when the kill comes, in percent. */
const PHASES = { early: [2, 10], midway: [30, 70], late: [85, 97] } as const;
type Phase = keyof typeof PHASES;

interface Victim {
  readonly part: Part;
  readonly processes: readonly Part[];
  /** What its death may repeat. */
  readonly allows: Allowances;
  /** How much of its work is done. */
  readonly done: (bed: CaseBed) => Promise<number>;
}

const written = 'killed between the broker’s answer and its recording';
const answered = 'killed while calls or their answers were under way';
const VICTIMS: Readonly<Record<string, Victim>> = {
  bridge: {
    part: 'bridge',
    processes: SEPARATE,
    allows: { repeatedRecords: written },
    done: ({ progress }) => progress.handled(),
  },
  pipeline: {
    part: 'pipeline',
    processes: SEPARATE,
    allows: { repeatedRecords: written },
    done: ({ progress }) => progress.results(),
  },
  llm: {
    part: 'llm',
    processes: SEPARATE,
    allows: { repeatedCalls: answered },
    done: ({ progress }) => progress.results(),
  },
  standalone: {
    part: 'standalone',
    processes: ['standalone'],
    allows: { repeatedRecords: written, repeatedCalls: answered },
    done: ({ progress }) => progress.results(),
  },
};

/** SIGKILL, and another one in its place as an orchestrator would start it. */
export const killProcess: readonly FaultCase[] = Object.entries(VICTIMS).flatMap(([name, victim]) =>
  (Object.keys(PHASES) as Phase[]).map((phase) => ({
    name: `kill-${name}-${phase}`,
    tier: tierOf(name, phase),
    about: `kill -9 of the ${name} process ${phase} in a load, and a new one`,
    processes: victim.processes,
    env: { LLM_MAX_CONCURRENCY: '8' },
    standIn: { latencyMs: 50 },
    allows: victim.allows,
    run: (bed: CaseBed) => killUnderLoad(bed, victim, phase),
  })),
);

function tierOf(name: string, phase: Phase): Tier {
  // A dead member's group waits half a minute for it: one such case has to do where minutes count.
  return phase === 'midway' && name !== 'standalone' ? 1 : 2;
}

async function killUnderLoad(bed: CaseBed, { part, done }: Victim, phase: Phase): Promise<void> {
  const { progress, processes, faults, sender } = bed;
  const [from, to] = PHASES[phase];
  const killAt = Math.ceil((MESSAGES * between(bed.random, from, to)) / 100);
  await sender.send(messages(MESSAGES));
  await progress.until(`${String(killAt)} messages to be done`, async () => (await done(bed)) >= killAt);
  const what = `killed ${part} with ${String(killAt)} of ${String(MESSAGES)} messages done`;
  await faults.during(what, () => processes.one(part).kill());
  await processes.start(part);
}
