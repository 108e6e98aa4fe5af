export const GROUPS = ['check', 'unit', 'workflow', 'replay', 'integration', 'limits'] as const;
export type Group = (typeof GROUPS)[number];

export interface TestOptions {
  readonly groups: readonly Group[];
  /** Everything else, for jest. */
  readonly jestArguments: readonly string[];
}

/**
 * `--only GROUP` may be repeated; whatever is not ours goes to jest.
 * @throws {Error} naming the known groups
 */
export function parseTestOptions(args: readonly string[]): TestOptions {
  const groups: Group[] = [];
  const jestArguments: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag, inline] = (args[i] ?? '').split('=', 2);
    if (flag !== '--only') {
      jestArguments.push(args[i] ?? '');
      continue;
    }
    const wanted = inline ?? args[++i];
    const group = GROUPS.find((known) => known === wanted);
    if (group === undefined) throw new Error(`--only takes one of ${GROUPS.join(', ')}.`);
    groups.push(group);
  }
  return { groups: groups.length === 0 ? GROUPS : groups, jestArguments };
}
