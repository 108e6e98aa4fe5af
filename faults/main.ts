import { writeFileSync } from 'node:fs';
import { parseFaultOptions, USAGE, UsageError, type FaultOptions } from './options.ts';
import { FAULT_CASES } from './registry.ts';
import { reportTable, toReport } from './report.ts';
import { EXIT_CODES, runProgram, say } from './run-program.ts';
import { runMatrix, selectCases } from './run-matrix.ts';
import { withFaultServers } from './with-servers.ts';

/** `npm run test:faults -- …`. With `--json` stdout carries one object and nothing else, so progress goes to stderr. */
async function runFaults(options: FaultOptions): Promise<number> {
  const cases = selectCases(FAULT_CASES, options);
  if (cases.length === 0) throw new UsageError('No case has such a name: --list names them.');
  const report = await withFaultServers(
    { sets: options.jobs, onProgress: say, isKept: ({ failed }: { failed: number }) => failed > 0 },
    async (sets) => toReport(await runMatrix(sets, { cases, seeds: options.seeds, onProgress: say }), options.seeds),
  );
  if (options.reportFile !== undefined) writeFileSync(options.reportFile, JSON.stringify(report));
  process.stdout.write(`${options.json ? JSON.stringify(report) : reportTable(report)}\n`);
  return report.failed > 0 ? EXIT_CODES.broken : EXIT_CODES.kept;
}

const listing = (options: FaultOptions): string =>
  selectCases(FAULT_CASES, options)
    .map(({ name, tier, about }) => `${name}  (tier ${String(tier)})  ${about}\n`)
    .join('');

await runProgram(() => {
  const options = parseFaultOptions(process.argv.slice(2));
  if (!options.help && !options.list) return runFaults(options);
  process.stdout.write(options.help ? USAGE : listing(options));
  return EXIT_CODES.kept;
});
