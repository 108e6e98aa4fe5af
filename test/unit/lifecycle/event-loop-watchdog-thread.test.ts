import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

let folder: string;
let thread: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchdog-'));
  thread = join(folder, 'thread.cjs');
  const source = fileURLToPath(new URL('../../../lifecycle/event-loop-watchdog-thread.ts', import.meta.url));
  const { code } = transformSync(readFileSync(source, 'utf8'), {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    // Modules would be loaded with the help of the main thread, which stands still soon.
    module: { type: 'commonjs' },
  });
  writeFileSync(thread, code);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** How a process ends whose event loop never beats, and whose main thread does what is given. */
async function endOf(mainThread: string, { isRead }: { isRead: boolean }) {
  const script = `
    const { writeSync } = require('node:fs');
    const { Worker } = require('node:worker_threads');
    const workerData = { beats: new SharedArrayBuffer(4), tickMs: 20, limitTicks: 10, exitCode: 70, bindings: {} };
    new Worker(${JSON.stringify(thread)}, { workerData }).once('online', () => { ${mainThread} });`;
  const child = spawn(process.execPath, ['--eval', script], { stdio: ['ignore', 'pipe', 'ignore'], timeout: 15_000 });
  let output = '';
  if (isRead) child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  // Without a reader its streams do not close.
  const [code, signal] = (await once(child, isRead ? 'close' : 'exit')) as [number | null, string | null];
  child.stdout.destroy();
  return { code, signal, output };
}

const FILL_OUTPUT = "for (const bytes of [100_000, 1]) try { for (;;) writeSync(1, 'x'.repeat(bytes)); } catch {}";
const STAND_STILL = '(function standStill() { for (;;) Math.random(); })();';
const STAND_STILL_IN_NATIVE_CODE = "require('node:crypto').pbkdf2Sync('', '', 2 ** 31 - 1, 64, 'sha512');";

test('a loop ends with the exit code, and its place is in the log', async () => {
  const { code, output } = await endOf(STAND_STILL, { isRead: true });
  expect(code).toBe(70);
  expect(output).toContain('at standStill');
});

test('a main thread that does not answer is killed, where nobody reads the log', async () => {
  const { signal } = await endOf(FILL_OUTPUT + STAND_STILL_IN_NATIVE_CODE, { isRead: false });
  expect(signal).toBe('SIGKILL');
});
