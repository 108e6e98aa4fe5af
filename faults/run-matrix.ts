import { randomBytes } from 'node:crypto';
import type { OnProgress } from '../dev/progress.ts';
import type { FaultCase } from './case.ts';
import type { FaultOptions } from './options.ts';
import { caseLine } from './report.ts';
import { runCase, type CaseOutcome } from './run-case.ts';
import type { FaultServers } from './servers.ts';

/** Every case with every seed. Each set of servers has one case at a time, and takes the next one when that has ended. */
export async function runMatrix(
  sets: readonly FaultServers[],
  {
    cases,
    seeds,
    onProgress,
  }: { cases: readonly FaultCase[] } & Pick<FaultOptions, 'seeds'> & { onProgress: OnProgress },
): Promise<CaseOutcome[]> {
  const rounds = seeds.flatMap((seed) => cases.map((faultCase) => ({ seed, faultCase })));
  const outcomes: CaseOutcome[] = [];
  const next = rounds.entries();
  await Promise.all(
    sets.map(async (servers) => {
      for (const [index, { seed, faultCase }] of next) {
        const unique = `${faultCase.name}-${String(seed)}-${randomBytes(3).toString('hex')}`;
        const outcome = await runCase(servers, faultCase, { seed, unique });
        outcomes[index] = outcome;
        onProgress(caseLine(outcome));
      }
    }),
  );
  return outcomes;
}

/** @returns those of the tier, or those that were asked for by name: by a whole one, or by how it starts */
export function selectCases(cases: readonly FaultCase[], { tier, only }: FaultOptions): readonly FaultCase[] {
  const names = new Set(cases.map(({ name }) => name));
  const isMeant = (name: string, wanted: string) => (names.has(wanted) ? name === wanted : name.startsWith(wanted));
  return cases.filter(
    ({ name, tier: ofCase }) => ofCase <= tier && (only.length === 0 || only.some((wanted) => isMeant(name, wanted))),
  );
}
