/** A budget period that follows the calendar. */
export type CalendarPeriod = 'hour' | 'day' | 'month';

const HOUR_MS = 3_600_000;

/** No period is longer: days reach 25 hours where clocks go back, months 31 days and an hour. */
const LONGEST_MS: Record<CalendarPeriod, number> = {
  hour: HOUR_MS,
  day: 49 * HOUR_MS,
  month: 33 * 24 * HOUR_MS,
};

/** Making a formatter takes longer than all else here; there are as many as configured time zones. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether the runtime knows the time zone by this IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Names the period an instant lies in: `2026-10`, `2026-10-15`, `2026-10-15T13+02:00`.
 * Hours carry their offset: where clocks go back, the hour that comes twice is two hours.
 *
 * @param instant epoch milliseconds
 */
export function periodName(period: CalendarPeriod, timeZone: string, instant: number): string {
  const offsetMs = offsetAt(timeZone, instant);
  const local = new Date(instant + offsetMs).toISOString();
  if (period === 'month') return local.slice(0, 7);
  if (period === 'day') return local.slice(0, 10);
  const size = new Date(Math.abs(offsetMs)).toISOString().slice(11, 16);
  return `${local.slice(0, 13)}${offsetMs < 0 ? '-' : '+'}${size}`;
}

/**
 * The first instant after the period that `instant` lies in, epoch milliseconds.
 * Found by bisection: right also where midnight does not exist or a day is skipped.
 */
export function periodEnd(period: CalendarPeriod, timeZone: string, instant: number): number {
  const current = periodName(period, timeZone, instant);
  let within = Math.floor(instant);
  let beyond = within + LONGEST_MS[period];
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2);
    if (periodName(period, timeZone, middle) === current) within = middle;
    else beyond = middle;
  }
  return beyond;
}

/** The first instant of the period that `instant` lies in, epoch milliseconds: the end of the one before. */
export function periodStart(period: CalendarPeriod, timeZone: string, instant: number): number {
  const current = periodName(period, timeZone, instant);
  let within = Math.floor(instant);
  let before = within - LONGEST_MS[period];
  while (within - before > 1) {
    const middle = Math.floor((within + before) / 2);
    if (periodName(period, timeZone, middle) === current) within = middle;
    else before = middle;
  }
  return within;
}

/** Milliseconds by which local time is ahead of UTC. */
function offsetAt(timeZone: string, instant: number): number {
  if (timeZone === 'UTC') return 0;
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  return local - Math.floor(instant / 1000) * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  return format;
}
