import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import type { WatchdogData } from './event-loop-watchdog.ts';

const STDOUT = 1;
/** A loop and a regular expression answer within milliseconds; a call into native code that does not return never. */
const ANSWER_WITHIN_MS = 2_000;

const { beats, tickMs, limitTicks, exitCode, bindings } = workerData as WatchdogData;
const counter = new Int32Array(beats);
let lastBeat = -1;
let missed = 0;

const watching = setInterval(() => {
  const beat = Atomics.load(counter, 0);
  missed = beat === lastBeat ? missed + 1 : 0;
  lastBeat = beat;
  if (missed < limitTicks) return;
  clearInterval(watching);
  endProcess();
}, tickMs);

/** A thread cannot end its process with an exit code. The debugger's interface reaches into the main thread even in a loop. */
function endProcess(): void {
  const session = new Session();
  session.connectToMainThread();
  const expression = 'new Error("The event loop stands still").stack';
  session.post('Runtime.evaluate', { expression, returnByValue: true }, (_error, answer) => {
    log(String(answer.result.value));
    session.post('Runtime.evaluate', { expression: `process.reallyExit(${String(exitCode)})` });
  });
  setTimeout(() => {
    log(undefined);
    process.kill(process.pid, 'SIGKILL');
  }, ANSWER_WITHIN_MS);
}

/** The logger lives in the thread that stands still. */
function log(stack: string | undefined): void {
  const message = `the event loop has stood still for ${String((limitTicks * tickMs) / 1_000)} s: ending the process`;
  const line = { level: 60, time: new Date().toISOString(), ...bindings, exitCode, stack, msg: message };
  writeSync(STDOUT, `${JSON.stringify(line)}\n`);
}
