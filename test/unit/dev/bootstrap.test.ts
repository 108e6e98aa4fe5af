import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Stands for the compiler: counts its runs, emits every source as it is, and fails on the word `broken`. */
const COMPILER = `
const { appendFileSync, cpSync, readFileSync, writeFileSync, mkdirSync } = require('node:fs');
appendFileSync('compiled', '1');
mkdirSync('dist/dev/test', { recursive: true });
mkdirSync('dist/workers', { recursive: true });
writeFileSync('dist/.tsbuildinfo', '');
for (const source of ['workers/build-workflow-bundle', 'dev/test/main']) cpSync(source + '.ts', 'dist/' + source + '.js');
if (readFileSync('dev/test/main.ts', 'utf8').includes('broken')) process.exit(2);
`;
const BUNDLER = `
const { appendFileSync, writeFileSync } = require('node:fs');
appendFileSync('bundled', '1');
for (const bundle of ['workflow-bundle.js', 'workflow-bundle.encrypted-failures.js']) writeFileSync('dist/' + bundle, '');
`;
const PROGRAM = `console.log('program', JSON.stringify(process.argv.slice(2))); process.exitCode = 3;`;
const LOCK = { packages: { '': {}, 'node_modules/x': { version: '1.0.0' }, 'node_modules/y': { optional: true } } };

describe('the bootstrap', () => {
  let root: string;
  const write = (file: string, content: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  };
  const runs = (what: 'compiled' | 'bundled') => {
    const file = join(root, what);
    return existsSync(file) ? readFileSync(file, 'utf8').length : 0;
  };
  const bootstrap = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'dev/bootstrap.mjs'), ...args], { encoding: 'utf8' });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'bootstrap-'));
    cpSync('dev/bootstrap.mjs', join(root, 'dev/bootstrap.mjs'));
    cpSync('dev/bootstrap', join(root, 'dev/bootstrap'), { recursive: true });
    write('package-lock.json', JSON.stringify(LOCK));
    write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/x': { version: '1.0.0' } } }));
    write('node_modules/typescript/bin/tsc', COMPILER);
    write('workers/build-workflow-bundle.ts', BUNDLER);
    write('workflows/index.ts', '');
    write('dev/test/main.ts', PROGRAM);
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('builds what is needed, then runs the program with its arguments and exit code', () => {
    expect(bootstrap('test', '--only', 'unit')).toMatchObject({
      status: 3,
      stdout: 'program ["--only","unit"]\n',
      stderr: '',
    });
    expect([runs('compiled'), runs('bundled')]).toEqual([1, 1]);
  });

  it('does nothing twice, and bundles only when a workflow changed', () => {
    bootstrap('build');
    bootstrap('build');
    expect([runs('compiled'), runs('bundled')]).toEqual([1, 1]);
    write('dev/test/main.ts', `${PROGRAM}\n`);
    bootstrap('build');
    expect([runs('compiled'), runs('bundled')]).toEqual([2, 1]);
    write('workflows/index.ts', '// changed');
    bootstrap('build');
    expect([runs('compiled'), runs('bundled')]).toEqual([3, 2]);
  });

  it('takes the output of a deleted source away', () => {
    bootstrap('build');
    write('dist/dev/gone.js', '');
    write('workflows/index.ts', '// changed');
    bootstrap('build');
    expect(existsSync(join(root, 'dist/dev/gone.js'))).toBe(false);
    expect(existsSync(join(root, 'dist/workflow-bundle.js'))).toBe(true);
  });

  it('does not run what failed to compile, tries again next time, and closes a test run with its line', () => {
    write('dev/test/main.ts', 'broken');
    expect(bootstrap('test')).toMatchObject({ status: 1, stdout: '0 passed, 1 failed\n' });
    bootstrap('test');
    expect(runs('compiled')).toBe(2);
  });

  it('lists the commands it knows', () => {
    const { status, stdout, stderr } = bootstrap('biuld');
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('known: build, bench,');
  });
});
