import type { OnProgress } from '../../dev/progress.ts';
import { systemClock } from '../clock.ts';
import { WARM_UP_SECONDS } from './call-figures.ts';
import type { Contender, ContenderSetting } from './contender.ts';
import type { Provider } from './provider.ts';
import { repeated, runTimeline } from './timeline.ts';

export interface Measurement {
  readonly kills: number;
  /** Seconds of CPU a second, from the tenth second to the last. */
  readonly cpu: {
    readonly contender: number;
    /** Absent for a server from outside. */
    readonly server: number | undefined;
  };
}

const PROGRESS_EVERY_SECONDS = 10;

/** The measured seconds, from the first call on: changes, kills and readings at their times. */
export async function measure(
  contender: Contender,
  run: { setting: ContenderSetting; provider: Provider; ended: () => number; onProgress: OnProgress },
): Promise<Measurement> {
  const { setting, provider, ended, onProgress } = run;
  const { name, options, readUsage } = setting;
  const { temporalPid } = setting.servers;
  const { seconds, changes, killEverySeconds } = options;
  let kills = 0;
  const killOne = async () => {
    kills += 1;
    await contender.replaceOne();
  };
  const usage = () => ({
    atMs: systemClock.now(),
    contender: contender.cpuSeconds(),
    server: temporalPid === undefined ? undefined : readUsage([temporalPid]).cpuSeconds,
  });
  let before = usage();

  const startedAt = (await provider.firstCallAt()) - performance.timeOrigin;
  await runTimeline(
    [
      { atSecond: WARM_UP_SECONDS, run: () => void (before = usage()) },
      ...changes.map((change) => ({ atSecond: change.atSecond, run: () => provider.change(change) })),
      ...(killEverySeconds === undefined ? [] : repeated(killEverySeconds, seconds, killOne)),
      ...repeated(PROGRESS_EVERY_SECONDS, seconds, () => {
        onProgress(`${name}: ${String(ended())} messages ended`);
      }),
      { atSecond: seconds, run: () => undefined },
    ],
    { clock: systemClock, startedAt },
  );
  const after = usage();
  const perSecond = (from: number, to: number) => (to - from) / ((after.atMs - before.atMs) / 1_000);
  return {
    kills,
    cpu: {
      contender: perSecond(before.contender, after.contender),
      server:
        before.server === undefined || after.server === undefined ? undefined : perSecond(before.server, after.server),
    },
  };
}
