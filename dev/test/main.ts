import { reportFile, takeCounts, takeMatrixCounts, type Counts } from './counts.ts';
import { parseTestOptions, type Group, type TestOptions } from './options.ts';
import { runStep, type Step } from './run-step.ts';

const STATIC_CHECKS: readonly Step[] = [
  { name: 'types', script: 'node_modules/typescript/bin/tsc', args: ['--noEmit'] },
  { name: 'lint', script: 'node_modules/eslint/bin/eslint.js', args: ['.'] },
  { name: 'format', script: 'node_modules/prettier/bin/prettier.cjs', args: ['--check', '--log-level', 'warn', '.'] },
  { name: 'unused code', script: 'node_modules/knip/bin/knip.js', args: [] },
];

/**
 * Jest projects that share one run. Most tests with servers wait for most of their time, so four files go at once, each in a
 * namespace and topics of its own. What counts calls by the second goes alone.
 */
const JEST_RUNS: readonly { readonly projects: readonly Group[]; readonly args: readonly string[] }[] = [
  // Jest leaves one core to others, which is half of a small machine.
  { projects: ['unit', 'replay'], args: ['--maxWorkers=2'] },
  { projects: ['workflow', 'integration'], args: ['--maxWorkers=4'] },
  { projects: ['limits'], args: ['--runInBand'] },
];

/** Every step, whatever became of the one before; the static checks count as tests. */
async function runTests({ groups, jestArguments }: TestOptions): Promise<Counts> {
  const counts: Counts[] = [];
  if (groups.includes('check')) {
    for (const step of STATIC_CHECKS) {
      const { succeeded } = await runStep(step);
      counts.push({ passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 });
    }
  }
  for (const { projects, args } of JEST_RUNS) {
    const selected = projects.filter((project) => groups.includes(project));
    if (selected.length > 0) {
      // A path or name given for one run may match nothing in the other.
      const some = jestArguments.length > 0 ? ['--passWithNoTests', ...jestArguments] : [];
      counts.push(await runJest(selected, [...args, ...some]));
    }
  }
  if (groups.includes('faults')) counts.push(await runFaultMatrix());
  return counts.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  }));
}

async function runJest(projects: readonly Group[], args: readonly string[]): Promise<Counts> {
  const report = reportFile(projects.join('-'));
  const { succeeded } = await runStep({
    name: `${projects.join(' and ')} tests`,
    script: 'node_modules/jest/bin/jest.js',
    args: ['--json', '--outputFile', report, ...args, '--selectProjects', ...projects],
  });
  return takeCounts(report, succeeded);
}

/** Each case counts as a test. */
async function runFaultMatrix(): Promise<Counts> {
  const report = reportFile('faults');
  const { succeeded } = await runStep({
    name: 'fault matrix, tier 1',
    script: 'dist/faults/main.js',
    args: ['--tier', '1', '--report', report],
  });
  return takeMatrixCounts(report, succeeded);
}

try {
  const { passed, failed, skipped } = await runTests(parseTestOptions(process.argv.slice(2)));
  const skippedPart = skipped > 0 ? `, ${String(skipped)} skipped` : '';
  process.stdout.write(`\n${String(passed)} passed, ${String(failed)} failed${skippedPart}\n`);
  process.exitCode = failed > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 64;
}
