import type { Clock } from '../clock.ts';

export interface TimelineEvent {
  /** After the start. */
  readonly atSecond: number;
  run(): void | Promise<void>;
}

/** Every `everySeconds`, before the end. */
export function repeated(everySeconds: number, endSecond: number, run: TimelineEvent['run']): TimelineEvent[] {
  const count = Math.max(0, Math.ceil(endSecond / everySeconds) - 1);
  return Array.from({ length: count }, (_, index) => ({ atSecond: (index + 1) * everySeconds, run }));
}

/**
 * Runs each event at its time, one after the other; one that is late does not delay the times of the others.
 * @param startedAt by the clock; may be past
 */
export async function runTimeline(
  events: readonly TimelineEvent[],
  { clock, startedAt }: { clock: Clock; startedAt: number },
): Promise<void> {
  for (const event of [...events].sort((one, other) => one.atSecond - other.atSecond)) {
    const waitMs = startedAt + event.atSecond * 1_000 - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs);
    await event.run();
  }
}
