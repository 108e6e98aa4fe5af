import type { StandInCall } from '../../dev/standin/client.ts';
import type { FaultWindow } from '../bed/fault-log.ts';
import { FINAL_ANSWERS } from '../final-answers.ts';
import type { Evidence } from './evidence.ts';
import { groupBy } from './records.ts';
import { problemOf, type Allowances, type Finding } from './verdict.ts';

/** What an answer may take from the provider into the history: an outage that begins within it can lose it. */
const TO_BE_RECORDED_MS = 3_000;

/**
 * Calls for a message are one more than the faults that hit them, at most. So each call but the last one was hit: by what the ledger
 * shows, or by a fault that the case made while the call or its answer was under way. That the client broke a call off is no fault: it
 * may be the defect that is looked for.
 */
export function checkPaidCalls(
  { calls, windows }: Pick<Evidence, 'calls' | 'windows'>,
  { repeatedCalls }: Allowances,
): Finding {
  const excuses = repeatedCalls === undefined ? [] : windows;
  const unexplained = [...groupBy(calls, subjectOf)].flatMap(([subject, ofOne]) => {
    const unhit = ofOne.slice(0, -1).filter((call) => !failed(call) && !wasHit(call, excuses));
    const needless = unhit.length - (unhit.some(doesNotHold) ? 1 : 0);
    return needless === 0 ? [] : [{ subject, needless }];
  });
  return {
    count: unexplained.reduce((sum, { needless }) => sum + needless, 0),
    problems: problemOf(
      'called again although no fault hit the call before',
      unexplained.map(({ subject }) => subject),
    ),
  };
}

/** The message a call is about: the cases' texts begin with its id. */
export function subjectOf({ prompt, promptHash }: StandInCall): string {
  return /<text>\n(\S+):/.exec(prompt)?.[1] ?? promptHash ?? prompt;
}

/** What ends a message explains no further call for it. */
function failed(call: StandInCall): boolean {
  const { fault, status } = call;
  if (fault === null) return status !== null && status >= 500;
  return !(fault in FINAL_ANSWERS) && !doesNotHold(call);
}

/** Such an answer is asked for again, once. */
function doesNotHold({ fault, status }: StandInCall): boolean {
  return status === 200 && (fault === 'length' || fault === 'invalid-json');
}

function wasHit({ startedAt, endedAt }: StandInCall, windows: readonly FaultWindow[]): boolean {
  const recordedAt = (endedAt ?? Infinity) + TO_BE_RECORDED_MS;
  return windows.some(({ from, to }) => startedAt <= to + TO_BE_RECORDED_MS && recordedAt >= from);
}
