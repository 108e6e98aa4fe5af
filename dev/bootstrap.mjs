// Prepares a clone and runs one of the project's programs: `node dev/bootstrap.mjs <command> [arguments]`.
// Plain JavaScript on Node's built-ins, because it runs before dependencies and build output exist.
// Everything it says goes to stderr: stdout belongs to the program (`npm run --silent bench -- --json` must be one object).
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from './bootstrap/build.mjs';
import { installDependencies } from './bootstrap/install-dependencies.mjs';
import { nodeVersionProblem } from './bootstrap/node-version.mjs';
import { CommandFailed } from './bootstrap/run-command.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');

/** Command → the program it runs once everything is built. `build` runs nothing more. */
const PROGRAMS = {
  build: undefined,
  bench: 'dist/bench/main.js',
  ctl: 'dist/ctl/main.js',
  demo: 'dist/dev/demo/main.js',
  dev: 'dist/dev/dev/main.js',
  'record-histories': 'dist/dev/record-histories/main.js',
  test: 'dist/dev/test/main.js',
  'test:faults': 'dist/faults/main.js',
  'test:soak': 'dist/faults/soak/main.js',
};

const [command = '', ...programArguments] = process.argv.slice(2);

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  // `npm test` promises its closing line whatever happens; nothing but the set-up has run.
  if (command === 'test') process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}

const problem = nodeVersionProblem(process.versions.node);
if (problem !== undefined) fail(problem);
if (!Object.hasOwn(PROGRAMS, command)) {
  fail(`Unknown command ${JSON.stringify(command)}; known: ${Object.keys(PROGRAMS).join(', ')}.`);
}

try {
  await installDependencies(root);
  await build(root);
} catch (error) {
  if (error instanceof CommandFailed) fail(error.message);
  throw error;
}

const program = PROGRAMS[command];
if (program !== undefined) {
  const file = join(root, program);
  if (!existsSync(file)) fail(`${program} is missing although the build succeeded.`);
  // In this process rather than a child: signals, exit code and terminal then need no passing on.
  process.argv = [process.argv[0], file, ...programArguments];
  await import(pathToFileURL(file).href);
}
