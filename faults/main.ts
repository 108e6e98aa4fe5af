import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackError } from '../dev/stack/tools.ts';
import { parseFaultOptions, USAGE, UsageError, type FaultOptions } from './options.ts';
import { FAULT_CASES } from './registry.ts';
import { reportTable, toReport } from './report.ts';
import { runMatrix, selectCases } from './run-matrix.ts';
import { startFaultServers, type FaultServers } from './servers.ts';

/** `npm run test:faults -- …`. With `--json` stdout carries one object and nothing else, so progress goes to stderr. */
const EXIT_CODES = { kept: 0, broken: 1, usage: 64, interrupted: 130 } as const;
const say = (line: string) => process.stderr.write(`${line}\n`);

async function runFaults(options: FaultOptions): Promise<number> {
  const cases = selectCases(FAULT_CASES, options);
  if (cases.length === 0) throw new UsageError('No case has such a name: --list names them.');
  const dataDir = mkdtempSync(join(tmpdir(), 'llm-kafka-pipeline-faults-'));
  const servers = await startFaultServers({ dataDir, onProgress: say });
  endWhenInterrupted(servers);
  const outcomes = await runMatrix(servers, { cases, seeds: options.seeds, onProgress: say }).finally(() =>
    servers.stop(),
  );
  const report = toReport(outcomes, options.seeds);
  process.stdout.write(`${options.json ? JSON.stringify(report) : reportTable(report)}\n`);
  if (report.failed > 0) return EXIT_CODES.broken;
  rmSync(dataDir, { recursive: true, force: true });
  return EXIT_CODES.kept;
}

/** Guards end the pipeline's processes with this one. */
function endWhenInterrupted(servers: FaultServers): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void servers.stop().finally(() => process.exit(EXIT_CODES.interrupted));
    });
  }
}

const listing = (options: FaultOptions): string =>
  selectCases(FAULT_CASES, options)
    .map(({ name, tier, about }) => `${name}  (tier ${String(tier)})  ${about}\n`)
    .join('');

try {
  const options = parseFaultOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else if (options.list) process.stdout.write(listing(options));
  else process.exitCode = await runFaults(options);
} catch (error) {
  const known = error instanceof UsageError || error instanceof StackError;
  say(known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = error instanceof UsageError ? EXIT_CODES.usage : EXIT_CODES.broken;
}
