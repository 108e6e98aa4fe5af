import { write } from 'node:fs';
import { Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import type { WatchdogData } from './event-loop-watchdog.ts';

const STDOUT = 1;
/** A loop and a regular expression answer within milliseconds; a call into native code that does not return never. */
const ANSWER_WITHIN_MS = 2_000;
/** And for the log line, whose reader may hang as well: perhaps that is why the event loop stands still. */
const KILL_AFTER_MS = 3_000;

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

/** The timers come first, and nothing here blocks this thread: whatever fails or hangs, the process ends. */
function endProcess(): void {
  setTimeout(kill, KILL_AFTER_MS);
  const unanswered = setTimeout(() => {
    log(undefined, kill);
  }, ANSWER_WITHIN_MS);
  try {
    exitFromWithin(() => {
      clearTimeout(unanswered);
    });
  } catch {
    // No answer either.
  }
}

/** A thread cannot end its process with an exit code. The debugger's interface reaches into the main thread even in a loop. */
function exitFromWithin(onAnswer: () => void): void {
  const session = new Session();
  session.connectToMainThread();
  const expression = 'new Error("The event loop stands still").stack';
  session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) => {
    if (error !== null) return;
    onAnswer();
    log(String(answer.result.value), () => {
      session.post('Runtime.evaluate', { expression: `process.reallyExit(${String(exitCode)})` });
    });
  });
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** The logger lives in the thread that stands still. @param onEnd called when the line is written, or cannot be. */
function log(stack: string | undefined, onEnd: () => void): void {
  const message = `the event loop has stood still for ${String((limitTicks * tickMs) / 1_000)} s: ending the process`;
  const line = { level: 60, time: new Date().toISOString(), ...bindings, exitCode, stack, msg: message };
  write(STDOUT, `${JSON.stringify(line)}\n`, onEnd);
}
