import { openCaseBed, type CaseBed, type Round } from './bed/case-bed.ts';
import { pausedBridges } from './bed/paused-bridges.ts';
import type { FaultCase } from './case.ts';
import { gatherEvidence } from './checker/gather.ts';
import { judgeCase, notJudged, sentenceOf, type CaseSteps, type Judgement } from './judge-case.ts';
import type { FaultServers } from './servers.ts';
import { settle } from './settle.ts';
import { writeCalls, writeStuckState } from './failed-case.ts';

export interface CaseOutcome extends Judgement {
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
    const nothing = notJudged([], [`not begun: ${sentenceOf(error)}`]);
    return { ...nothing, ...of, ...NOTHING_SEEN, logDir: servers.dataDir, seconds: seconds() };
  }
  const verdict = await judge(bed, faultCase, timed);
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

function judge(bed: CaseBed, faultCase: FaultCase, timed: Timed): Promise<Judgement> {
  const { processes, sender } = bed;
  const steps: CaseSteps = {
    async finish() {
      await timed('start', () => Promise.all(faultCase.processes.map((part) => processes.start(part))));
      await timed('run', () => faultCase.run(bed));
      await timed('settle', () => settle(bed, faultCase.settleMs ?? SETTLE_MS));
    },
    whenStuck: () => writeStuckState(bed),
    async gather() {
      const paused = await pausedBridges(processes.running());
      await timed('stop', () => processes.stopAll());
      return timed('gather', () => gatherEvidence(bed, paused));
    },
    whenBroken: (evidence) => {
      writeCalls(bed, evidence);
    },
  };
  return judgeCase(steps, { sent: sender.sent, allows: faultCase.allows });
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
