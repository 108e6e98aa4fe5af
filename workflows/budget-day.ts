/** Longer than any day, also one with an hour more. */
const MORE_THAN_A_DAY_MS = 26 * 3_600_000;

/** The calendar day at a moment, in a time zone: `2026-11-25`. */
export function dayOf(ms: number, timeZone: string): string {
  return dayFormat(timeZone)(ms);
}

/** The first millisecond of the next day there. Searched for, because the clocks of some places skip midnight. */
export function endOfDay(ms: number, timeZone: string): number {
  const format = dayFormat(timeZone);
  const today = format(ms);
  let [within, beyond] = [ms, ms + MORE_THAN_A_DAY_MS];
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (format(middle) === today) within = middle;
    else beyond = middle;
  }
  return beyond;
}

function dayFormat(timeZone: string): (ms: number) => string {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en', { timeZone, ...digits });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    return `${parts['year'] ?? ''}-${parts['month'] ?? ''}-${parts['day'] ?? ''}`;
  };
}
