import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow, fingerprint } from './fingerprint.mjs';
import { runCommand } from './run-command.mjs';

const BUNDLES = ['workflow-bundle.js', 'workflow-bundle.encrypted-failures.js'];
const STAMP = 'dist/.build-stamp.json';
/** Not part of the build: as in tsconfig.build.json. */
const OUTSIDE_BUILD = ['dist', 'node_modules', 'test'];
/** What the workflow bundles are made of, besides the SDK. */
const BUNDLED_FOLDERS = ['workflows', 'contracts'];
const BUNDLED_FILES = ['temporal/failure-converter.ts', 'workers/build-workflow-bundle.ts'];

/**
 * Brings `dist/` up to date: TypeScript when a source changed, the workflow bundle when what goes into it changed.
 * A failed step leaves its old stamp, so that the next run tries again.
 *
 * @param {string} root the project's folder
 */
export async function build(root) {
  const sources = filesBelow(root, { skip: OUTSIDE_BUILD, endings: ['.ts'] });
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  const current = {
    sources: fingerprint(root, [...sources, ...settings]),
    bundle: fingerprint(root, [
      ...sources.filter((file) => BUNDLED_FOLDERS.some((folder) => file.startsWith(`${folder}/`))),
      ...sources.filter((file) => BUNDLED_FILES.includes(file)),
      'package-lock.json',
    ]),
  };
  const stamp = readStamp(root);
  if (stamp.sources !== current.sources) {
    await compile(root, sources);
    stamp.sources = current.sources;
    writeStamp(root, stamp);
  }
  if (stamp.bundle !== current.bundle || BUNDLES.some((bundle) => !existsSync(join(root, 'dist', bundle)))) {
    await runCommand({
      label: 'Bundling workflows',
      command: process.execPath,
      args: ['dist/workers/build-workflow-bundle.js'],
      cwd: root,
    });
    stamp.bundle = current.bundle;
    writeStamp(root, stamp);
  }
}

async function compile(root, sources) {
  await runCommand({
    label: 'Compiling',
    command: process.execPath,
    args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
    cwd: root,
  });
  // tsc never deletes; a renamed module must not go on working under its old name.
  const wanted = new Set(sources.map((source) => source.replace(/\.ts$/, '')));
  for (const output of filesBelow(join(root, 'dist'), { skip: [], endings: ['.js', '.js.map'] })) {
    if (BUNDLES.includes(output)) continue;
    if (!wanted.has(output.replace(/\.js(\.map)?$/, ''))) rmSync(join(root, 'dist', output));
  }
}

function readStamp(root) {
  if (!existsSync(join(root, 'dist/.tsbuildinfo'))) return {};
  try {
    return JSON.parse(readFileSync(join(root, STAMP), 'utf8'));
  } catch {
    // Missing or half-written: build everything.
    return {};
  }
}

function writeStamp(root, stamp) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, `${STAMP}.tmp`), JSON.stringify(stamp));
  renameSync(join(root, `${STAMP}.tmp`), join(root, STAMP));
}
