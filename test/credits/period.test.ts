/** Periods against what the runtime itself says of local dates: the other way there from ours. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CalendarPeriod, periodEnd, periodName } from '../../src/credits/period.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** With and without summer time, on both halves of the globe, at half hours and quarters, and half an hour of it. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Eucla',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Kiritimati',
  'Africa/Cairo',
] as const;

const zone = fc.constantFrom(...ZONES);
/** Some in leap years, among them one that is none though it divides by four: 2100. */
const year = fc.constantFrom(2024, 2025, 2026, 2028, 2032, 2096, 2100, 2400);
/** Anywhere in a year, or within two days of the end of a month. */
const instant = fc.oneof(
  fc.tuple(year, fc.integer({ min: 0, max: 365 * DAY_MS })).map(([of, into]) => Date.UTC(of, 0, 1) + into),
  fc
    .tuple(year, fc.integer({ min: 1, max: 12 }), fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }))
    .map(([of, month, off]) => Date.UTC(of, month, 1) + off),
);

const local = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      dateStyle: 'short',
      timeStyle: 'short',
      hourCycle: 'h23',
    }),
  ]),
);
/** As `2026-10-25, 02:30`. */
const localTime = (timeZone: (typeof ZONES)[number], at: number): string =>
  local.get(timeZone)!.format(new Date(at));
const nameLength = { month: 'yyyy-mm'.length, day: 'yyyy-mm-dd'.length };

describe('periodName', () => {
  it('of a day and a month is the local date', () => {
    fc.assert(
      fc.property(zone, instant, fc.constantFrom('day', 'month'), (timeZone, at, period) => {
        expect(periodName(period, timeZone, at)).toBe(localTime(timeZone, at).slice(0, nameLength[period]));
      }),
    );
  });

  it('of an hour has the local hour', () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, at) => {
        const [date = '', time = ''] = localTime(timeZone, at).split(', ');
        expect(periodName('hour', timeZone, at).slice(0, 13)).toBe(`${date}T${time.slice(0, 2)}`);
      }),
    );
  });
});

describe('periodEnd', () => {
  it('is the first instant of another period: one millisecond before is none', () => {
    fc.assert(
      fc.property(zone, instant, fc.constantFrom('hour', 'day', 'month'), (timeZone, at, period) => {
        const end = periodEnd(period, timeZone, at);
        expect(end).toBeGreaterThan(at);
        expect(periodName(period, timeZone, end - 1)).toBe(periodName(period, timeZone, at));
        expect(periodName(period, timeZone, end)).not.toBe(periodName(period, timeZone, at));
      }),
    );
  });

  it('makes days of 23 to 25 hours, months of their days give or take an hour, hours of one at most', () => {
    const lengthAt = (period: CalendarPeriod, timeZone: string, at: number): number => {
      const start = periodEnd(period, timeZone, at);
      return periodEnd(period, timeZone, start) - start;
    };
    fc.assert(
      fc.property(zone, instant, (timeZone, at) => {
        expect(lengthAt('hour', timeZone, at)).toBeLessThanOrEqual(HOUR_MS);
        expect(Math.abs(lengthAt('day', timeZone, at) - DAY_MS)).toBeLessThanOrEqual(HOUR_MS);
        const next = periodName('month', timeZone, periodEnd('month', timeZone, at));
        const [of = 0, month = 0] = next.split('-').map(Number);
        const days = new Date(Date.UTC(of, month, 0)).getUTCDate();
        expect(Math.abs(lengthAt('month', timeZone, at) - days * DAY_MS)).toBeLessThanOrEqual(HOUR_MS);
      }),
    );
  });

  it('lets the month end with its last day, and the day with its last hour', () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, at) => {
        const monthEnd = periodEnd('month', timeZone, at);
        expect(periodEnd('day', timeZone, monthEnd - 1)).toBe(monthEnd);
        expect(periodEnd('hour', timeZone, monthEnd - 1)).toBe(monthEnd);
        expect(periodName('day', timeZone, monthEnd)).toMatch(/-01$/);
      }),
    );
  });
});
