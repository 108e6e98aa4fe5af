import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { runCase } from '../run-case.ts';
import { EXIT_CODES, runProgram, say } from '../run-program.ts';
import { withFaultServers } from '../with-servers.ts';
import { figureRows, toFigures } from './figures.ts';
import { parseSoakOptions, USAGE, type SoakOptions } from './options.ts';
import { soakPage } from './report.ts';
import { createSoakCase } from './soak-case.ts';

/** `npm run test:soak -- …`: see USAGE. With `--json` stdout carries one object and nothing else. */
async function soak(options: SoakOptions): Promise<number> {
  const { soakCase, record } = createSoakCase(options);
  const round = { seed: options.seed, unique: `soak-${String(options.seed)}-${randomBytes(3).toString('hex')}` };
  const outcome = await withFaultServers(
    { onProgress: say, isKept: ({ problems }: { problems: readonly string[] }) => problems.length > 0 },
    async ([servers]) => {
      say(`Soaking for ${String(options.minutes)} min, logs in ${servers.dataDir}`);
      return runCase(servers, soakCase, round);
    },
  );
  const figures = toFigures(outcome, record(), options);
  const rows = figureRows(figures);
  writeFileSync(options.reportFile, soakPage(`Soak: ${soakCase.about}, seed ${String(options.seed)}`, rows, record()));
  const text = rows.map(([name, value]) => `${name}: ${value}`).join('\n');
  process.stdout.write(options.json ? `${JSON.stringify(figures)}\n` : `${text}\n\nCharts: ${options.reportFile}\n`);
  if (outcome.problems.length === 0) return EXIT_CODES.kept;
  say(`Logs: ${outcome.logDir}`);
  return EXIT_CODES.broken;
}

await runProgram(() => {
  const options = parseSoakOptions(process.argv.slice(2));
  if (!options.help) return soak(options);
  process.stdout.write(USAGE);
  return EXIT_CODES.kept;
});
