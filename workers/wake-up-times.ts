/** The clocks of workers and server differ. */
const AFTER_MIDNIGHT_MS = 2_000;
/** Workers that park little do not all begin in the same second. */
const SPREAD_MS = 30_000;
/** About as fast as one process makes calls. */
const ONE_EVERY_MS = 20;

/**
 * When parked messages go on (milliseconds since the epoch): after the end of the day, in the order in which this process parked
 * them, and only so many a second. A day's backlog that woke up at once would meet the limits, and hold back everybody else's.
 */
export function createWakeUpTimes(random: () => number = Math.random): (endOfDay: number) => number {
  let day = 0;
  let parked = 0;
  return (endOfDay) => {
    if (endOfDay !== day) [day, parked] = [endOfDay, 0];
    parked += 1;
    return Math.round(endOfDay + AFTER_MIDNIGHT_MS + parked * ONE_EVERY_MS + random() * SPREAD_MS);
  };
}
