import { randomBytes } from 'node:crypto';
import type { OnProgress } from '../dev/progress.ts';
import type { FaultCase } from './case.ts';
import type { FaultOptions } from './options.ts';
import { caseLine } from './report.ts';
import { runCase, type CaseOutcome } from './run-case.ts';
import type { FaultServers } from './servers.ts';

/** Every case with every seed, one after the other, on the same servers. */
export async function runMatrix(
  servers: FaultServers,
  {
    cases,
    seeds,
    onProgress,
  }: { cases: readonly FaultCase[] } & Pick<FaultOptions, 'seeds'> & { onProgress: OnProgress },
): Promise<CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const seed of seeds) {
    for (const faultCase of cases) {
      const unique = `${faultCase.name}-${String(seed)}-${randomBytes(3).toString('hex')}`;
      const outcome = await runCase(servers, faultCase, { seed, unique });
      outcomes.push(outcome);
      onProgress(caseLine(outcome));
    }
  }
  return outcomes;
}

/** @returns those of the tier, or those that were asked for by name */
export function selectCases(cases: readonly FaultCase[], { tier, only }: FaultOptions): readonly FaultCase[] {
  return cases.filter(
    (one) => one.tier <= tier && (only.length === 0 || only.some((wanted) => one.name.startsWith(wanted))),
  );
}
