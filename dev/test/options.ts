/** What `npm test` runs. */
export const GROUPS = ['check', 'unit', 'workflow', 'replay', 'integration', 'limits'] as const;
/** Minutes of the fault matrix, only when they are asked for. */
const FAULTS = 'faults';
const KNOWN = [...GROUPS, FAULTS] as const;
export type Group = (typeof KNOWN)[number];

export interface TestOptions {
  readonly groups: readonly Group[];
  /** Everything else, for jest. */
  readonly jestArguments: readonly string[];
}

/**
 * `--only GROUP` may be repeated; `--faults` adds the first tier of the fault matrix; whatever is not ours goes to jest.
 * @throws {Error} naming the known groups
 */
export function parseTestOptions(args: readonly string[]): TestOptions {
  const groups: Group[] = [];
  const jestArguments: string[] = [];
  let withFaults = false;
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = (args[i] ?? '').split('=', 2);
    if (flag === '--faults') {
      withFaults = true;
      continue;
    }
    if (flag !== '--only') {
      jestArguments.push(args[i] ?? '');
      continue;
    }
    const wanted = inline ?? args[++i];
    const group = KNOWN.find((known) => known === wanted);
    if (group === undefined) throw new Error(`--only takes one of ${KNOWN.join(', ')}.`);
    groups.push(group);
  }
  const chosen = groups.length === 0 ? GROUPS : groups;
  return { groups: withFaults ? [...chosen, FAULTS] : chosen, jestArguments };
}
