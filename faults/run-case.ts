import { openCaseBed, type CaseBed, type Round } from './bed/case-bed.ts';
import type { FaultCase } from './case.ts';
import { check } from './checker/check.ts';
import { gatherEvidence } from './checker/gather.ts';
import type { Verdict } from './checker/verdict.ts';
import type { FaultServers } from './servers.ts';
import { settle } from './settle.ts';
import { writeCalls, writeStuckState } from './failed-case.ts';

export interface CaseOutcome extends Verdict {
  readonly name: string;
  readonly seed: number;
  readonly seconds: number;
  /** Where the seconds went. */
  readonly phases: Readonly<Record<string, number>>;
  /** How often the fault hit. */
  readonly fired: number;
  readonly evidence: readonly string[];
  readonly figures: Readonly<Record<string, number | string>>;
  readonly logDir: string;
}

const SETTLE_MS = 120_000;

/** One case with one seed, from its own topics to the verdict. Never rejects: what goes wrong is a problem of the case. */
export async function runCase(servers: FaultServers, faultCase: FaultCase, round: Round): Promise<CaseOutcome> {
  const startedAt = performance.now();
  const { timed, phases } = stopwatch();
  const of = { name: faultCase.name, seed: round.seed, phases };
  const seconds = () => (performance.now() - startedAt) / 1_000;
  let bed: CaseBed;
  try {
    bed = await timed('prepare', () => openCaseBed(servers, faultCase, round));
  } catch (error) {
    return { ...unfinished([], error), ...of, ...NOTHING_SEEN, logDir: servers.dataDir, seconds: seconds() };
  }
  const verdict = await judge(bed, faultCase, timed).catch(async (error: unknown) => {
    await writeStuckState(bed);
    return unfinished(bed.sender.sent, error);
  });
  const notClosed = await timed('close', () => bed.close()).then(
    () => [],
    (error: unknown) => [`not closed: ${sentenceOf(error)}`],
  );
  const { faults, figures, logDir } = bed;
  const missed = faults.fired === 0 ? ['the fault never fired'] : [];
  return {
    ...verdict,
    ...of,
    problems: [...missed, ...verdict.problems, ...notClosed],
    ...{ figures, logDir, fired: faults.fired, evidence: faults.evidence },
    seconds: seconds(),
  };
}

const NOTHING_SEEN = { fired: 0, evidence: [], figures: {} } as const;

async function judge(bed: CaseBed, faultCase: FaultCase, timed: Timed): Promise<Verdict> {
  await timed('start', () => Promise.all(faultCase.processes.map((part) => bed.processes.start(part))));
  await timed('run', () => faultCase.run(bed));
  const settled = await timed('settle', () => settle(bed, faultCase.settleMs ?? SETTLE_MS));
  await timed('stop', () => bed.processes.stopAll());
  const evidence = await timed('gather', () => gatherEvidence(bed, settled));
  const verdict = check(evidence, faultCase.allows);
  if (verdict.problems.length > 0) writeCalls(bed, evidence);
  return verdict;
}

type Timed = <T>(phase: string, work: () => Promise<T>) => Promise<T>;

/** Runs work, and notes the seconds it took. */
function stopwatch(): { readonly timed: Timed; readonly phases: Readonly<Record<string, number>> } {
  const phases: Record<string, number> = {};
  return {
    phases,
    async timed(phase, work) {
      const from = performance.now();
      try {
        return await work();
      } finally {
        phases[phase] = Math.round(performance.now() - from) / 1_000;
      }
    },
  };
}

/** Nothing can be said about a case that did not come to its end, so nothing of it counts as kept. */
function unfinished(sent: readonly unknown[], error: unknown): Verdict {
  return {
    messages: sent.length,
    ...{ lost: 0, altered: 0, duplicates: 0, calls: 0, llmCallsOverFaults: 0 },
    problems: [`not finished: ${sentenceOf(error)}`],
  };
}

function sentenceOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
