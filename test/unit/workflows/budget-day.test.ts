import { dayOf, endOfDay } from '../../../workflows/budget-day.ts';

const at = (iso: string) => Date.parse(iso);
const endOf = (iso: string, timeZone: string) => new Date(endOfDay(at(iso), timeZone)).toISOString();

describe('a day of a budget', () => {
  test('is the calendar’s in its time zone', () => {
    expect(dayOf(at('2026-11-25T23:30:00Z'), 'UTC')).toBe('2026-11-25');
    expect(dayOf(at('2026-11-25T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-26');
    expect(dayOf(at('2026-11-25T00:00:00Z'), 'America/New_York')).toBe('2026-11-24');
  });

  test.each([
    ['in UTC', '2026-11-25T00:00:00Z', 'UTC', '2026-11-26T00:00:00.000Z'],
    ['with its last millisecond left', '2026-11-25T23:59:59.999Z', 'UTC', '2026-11-26T00:00:00.000Z'],
    ['elsewhere', '2026-11-25T12:00:00Z', 'Europe/Berlin', '2026-11-25T23:00:00.000Z'],
    ['with an hour less', '2026-03-28T23:00:00Z', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['with an hour more', '2026-10-24T22:00:00Z', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['where the clocks skip midnight', '2018-11-03T12:00:00Z', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
  ])('ends at midnight: %s', (...[, now, timeZone, end]) => {
    expect(endOf(now, timeZone)).toBe(end);
  });
});
