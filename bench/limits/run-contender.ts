import type { StandInCall } from '../../dev/standin/client.ts';
import { systemClock } from '../clock.ts';
import type { RunContext } from '../modes/mode.ts';
import { startOutcomeReader } from '../outcome-reader.ts';
import { startBacklog } from './backlog.ts';
import type { ContenderSetting } from './contender.ts';
import type { LimitHistory } from './limit-history.ts';
import { measure, type Measurement } from './measure.ts';
import { answeredIds } from './message-figures.ts';
import { openProvider } from './provider.ts';
import { createResultLog, type ResultLog } from './result-log.ts';

/** Everything that the figures of one contender are computed from. */
export interface ContenderRun extends Measurement {
  /** The stand-in's ledger, from the first call to the last. */
  readonly calls: readonly StandInCall[];
  readonly history: LimitHistory;
  /** When the broker had acknowledged each message, by id, in milliseconds since the epoch. */
  readonly acknowledgedAt: ReadonlyMap<string, number>;
  readonly outcomes: ResultLog;
  /** Answered, without a result or a dead letter, and nobody would work on it any more. */
  readonly lost: number;
  /** Answered, without a result or a dead letter, and still open. */
  readonly unfinished: number;
  readonly unexpectedExits: number;
}

const STALL_MS = 10_000;
const POLL_EVERY_MS = 100;

/** Runs one contender against unused limits for the measured seconds, lets it end what it has begun, and takes stock. */
export async function runContender(
  setting: ContenderSetting,
  { cleanUp, onProgress }: RunContext,
): Promise<ContenderRun> {
  const { name, options, servers, readUsage } = setting;
  const { standIn } = servers;
  onProgress(`${name}: starting`);
  const provider = await openProvider(standIn, setting);
  const outcomes = createResultLog();
  const reader = await startOutcomeReader(servers, { outcomes: [outcomes], cleanUp });
  const contender = await setting.start(servers, { workers: options.workers, readUsage, cleanUp });
  const backlog = await startBacklog(servers, { options, outcomes, cleanUp });
  const measurement = await Promise.race([
    measure(contender, { setting, provider, ended: () => outcomes.ended(), onProgress }),
    backlog.failure,
  ]);

  onProgress(`${name}: ending what it has begun`);
  await backlog.stop();
  await contender.stopCalling();
  const calls = await standIn.calls();
  const withoutResult = () => answeredIds(calls).filter((id) => !outcomes.hasEnded(id));
  await settled(withoutResult);
  await contender.stop();
  await reader.readToEnd();
  const open = await contender.stillOpen(withoutResult());
  return {
    ...measurement,
    calls,
    history: provider.history(),
    acknowledgedAt: backlog.sent.acknowledgedAt,
    outcomes,
    lost: withoutResult().length - open.size,
    unfinished: open.size,
    unexpectedExits: contender.unexpectedExits(),
  };
}

/** Resolves when every answer is a result, or no further one becomes one. */
async function settled(withoutResult: () => readonly string[]): Promise<void> {
  let left = withoutResult().length;
  let lastChangeAt = systemClock.now();
  while (left > 0 && systemClock.now() - lastChangeAt < STALL_MS) {
    await systemClock.sleep(POLL_EVERY_MS);
    const now = withoutResult().length;
    if (now < left) lastChangeAt = systemClock.now();
    left = now;
  }
}
