import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSpendHistory,
  projectMonth,
  recordSpend,
  type SpendHistory,
} from '../../src/usage-monitor/forecast.js';
import { DAY_MS, HOUR_MS } from '../../src/usage-monitor/rollups.js';

const daily = (since: number, now: number, costOf: (day: number) => number): SpendHistory => {
  const history = createSpendHistory();
  history.sinceAt = since;
  let index = 0;
  for (let at = since; at < now; at += DAY_MS) recordSpend(history, at, costOf(index++));
  return history;
};

const intervalOf = (history: SpendHistory, now: number): readonly [number, number] => {
  const interval = projectMonth(history, now).projectedMonthlyCostInterval;
  if (interval === null) throw new Error('no interval');
  return interval;
};

describe('projectMonth', () => {
  it('says nothing of certainty before it has seen a price', () => {
    const history = createSpendHistory();
    const now = Date.UTC(2026, 9, 15);
    expect(projectMonth(history, now)).toEqual({
      projectedMonthlyCost: 0,
      projectedMonthlyCostInterval: null,
      spentThisMonthUsd: 0,
      observedDays: 0,
    });
  });

  it('adds to what is spent the mean of the past days for each day that remains', () => {
    const now = Date.UTC(2026, 9, 16);
    const history = daily(Date.UTC(2026, 9, 1), now, () => 2);
    const projection = projectMonth(history, now);
    expect(projection.spentThisMonthUsd).toBe(30);
    expect(projection.observedDays).toBe(15);
    expect(projection.projectedMonthlyCost).toBeCloseTo(30 + 2 * 16, 9);
    const [low, high] = intervalOf(history, now);
    expect(low).toBeGreaterThan(50);
    expect(high).toBeLessThan(75);
  });

  it('starts the month anew at its border, on the mean of the month before', () => {
    const border = Date.UTC(2026, 10, 1);
    const history = daily(Date.UTC(2026, 9, 1), border, () => 3);
    const before = projectMonth(history, border - 1);
    expect(before.spentThisMonthUsd).toBe(93);
    expect(before.projectedMonthlyCost).toBeCloseTo(93, 3);
    const after = projectMonth(history, border);
    expect(after.spentThisMonthUsd).toBe(0);
    expect(after.projectedMonthlyCost).toBeCloseTo(90, 6);
  });

  it('takes a first hour for no more than a day, and says how far it may go', () => {
    const start = Date.UTC(2026, 9, 15, 12);
    const history = createSpendHistory();
    history.sinceAt = start;
    recordSpend(history, start + 1000, 1);
    const now = start + HOUR_MS;
    const remainingDays = (Date.UTC(2026, 10, 1) - now) / DAY_MS;
    expect(projectMonth(history, now).projectedMonthlyCost).toBeCloseTo(1 + remainingDays, 9);
    const [low, high] = intervalOf(history, now);
    expect(low).toBe(1);
    expect(high).toBeGreaterThanOrEqual(1 + 24 * remainingDays - 1e-9);
  });

  it('grows surer with every day of the same', () => {
    const start = Date.UTC(2026, 9, 1);
    const widths = [1, 2, 4, 8, 12].map((days) => {
      const now = start + days * DAY_MS;
      const [low, high] = intervalOf(
        daily(start, now, () => 5),
        now,
      );
      return high - low;
    });
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    expect(widths[0]).toBeGreaterThan(10 * (widths[4] ?? Infinity));
  });

  it('is less sure where days differ', () => {
    const [start, now] = [Date.UTC(2026, 9, 1), Date.UTC(2026, 9, 15)];
    const [steadyLow, steadyHigh] = intervalOf(
      daily(start, now, () => 5),
      now,
    );
    const [low, high] = intervalOf(
      daily(start, now, (day) => (day % 2) * 10),
      now,
    );
    expect(high - low).toBeGreaterThan(steadyHigh - steadyLow);
  });

  it('keeps spent ≤ low ≤ projected ≤ high whatever was spent', () => {
    const start = Date.UTC(2026, 8, 20);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: DAY_MS - 1 }),
        (costs, intoDay) => {
          const now = start + (costs.length - 1) * DAY_MS + intoDay;
          const history = daily(start, now + 1, (day) => costs[day] ?? 0);
          const told = projectMonth(history, now);
          const [low, high] = told.projectedMonthlyCostInterval ?? [NaN, NaN];
          expect(low).toBeGreaterThanOrEqual(told.spentThisMonthUsd);
          expect(told.projectedMonthlyCost).toBeGreaterThanOrEqual(low - 1e-9);
          expect(high).toBeGreaterThanOrEqual(told.projectedMonthlyCost - 1e-9);
        },
      ),
    );
  });

  it('remembers no more days than it needs, whichever way the clock goes', () => {
    const history = createSpendHistory();
    for (let day = 0; day < 100; day++) recordSpend(history, day * DAY_MS, 1);
    for (let day = 100; day > 0; day--) recordSpend(history, day * DAY_MS, 1);
    expect(history.costUsdByDay.size).toBeLessThanOrEqual(33);
  });
});
