import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocateBudget,
  type AllocationBasis,
  type AllocationPeriod,
  type BudgetAllocation,
} from '../../src/credits/allocation.js';
import { validateBudgets } from '../../src/credits/budgets.js';
import { type SpendingPattern, TaskType } from '../../src/types.js';

const NOW = Date.UTC(2026, 9, 15, 12);
const tasks = Object.values(TaskType);
const evenPrior = Object.fromEntries(tasks.map((task) => [task, 1])) as Record<TaskType, number>;
const basis: AllocationBasis = { now: NOW, taskPrior: evenPrior, observed: null };
const observed = (more: Partial<SpendingPattern>): AllocationBasis => ({
  ...basis,
  observed: { calls: 1000, byTaskUsd: {}, byHourUsd: [], byWeekdayUsd: [], ...more },
});

const micros = (usd: number): number => Math.round(usd * 1e6);
const microsOf = (values: readonly number[]): number => values.reduce((total, usd) => total + micros(usd), 0);

function expectWhole(allocation: BudgetAllocation): void {
  const total = micros(allocation.totalUsd);
  const reserve = micros(allocation.reserveUsd);
  expect(reserve + microsOf(allocation.slots.map(({ usd }) => usd))).toBe(total);
  expect(reserve + microsOf(Object.values(allocation.byTask))).toBe(total);
}

const usd = fc.double({ min: 0, max: 1e4, noNaN: true });
const spending: fc.Arbitrary<SpendingPattern> = fc.record({
  calls: fc.nat(1e6),
  byTaskUsd: fc.dictionary(fc.oneof(fc.constantFrom(...tasks), fc.string()), usd),
  byHourUsd: fc.array(usd, { minLength: 24, maxLength: 24 }),
  byWeekdayUsd: fc.array(usd, { minLength: 7, maxLength: 7 }),
});
const period = fc.constantFrom<AllocationPeriod>('day', 'week', 'month');

describe('allocateBudget', () => {
  it('sums to the total, whatever was seen, and no part is negative', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1e9, noNaN: true }),
        period,
        fc.option(spending),
        fc.integer({ min: 0, max: 4e12 }),
        (total, span, seen, now) => {
          const allocation = allocateBudget(total, span, { now, taskPrior: evenPrior, observed: seen });
          expect(allocation.totalUsd).toBeCloseTo(total, 5);
          expectWhole(allocation);
          const parts = [...allocation.slots.map((slot) => slot.usd), ...Object.values(allocation.byTask)];
          expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it('gives every part at least as much of a larger total', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e7 }),
        fc.nat(1e7),
        period,
        spending,
        (cents, more, span, seen) => {
          const given = { ...basis, observed: seen };
          const small = allocateBudget(cents / 100, span, given);
          const large = allocateBudget((cents + more) / 100, span, given);
          small.slots.forEach((slot, index) => {
            // Borders are rounded to a millionth.
            expect(micros(large.slots[index]?.usd ?? 0)).toBeGreaterThanOrEqual(micros(slot.usd) - 1);
          });
        },
      ),
    );
  });

  it('suggests budgets that a client takes, and that never allow more than the total', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1e6, noNaN: true }),
        period,
        fc.option(spending),
        (total, span, seen) => {
          const { budgets, totalUsd } = allocateBudget(total, span, { ...basis, observed: seen });
          validateBudgets(budgets);
          const [hard] = budgets;
          expect(hard).toMatchObject({ mode: 'hard' });
          const times = span === 'week' ? 7 : 1;
          expect(times * micros(hard?.limitUsd ?? NaN)).toBeLessThanOrEqual(micros(totalUsd));
        },
      ),
    );
  });

  it('is even before anything was seen; by task it goes by the prior', () => {
    const taskPrior = { ...evenPrior, math: 4 };
    const { slots, byTask, observedCalls } = allocateBudget(10, 'day', { ...basis, taskPrior });
    expect(slots).toHaveLength(24);
    expect(slots[9]).toEqual({ name: '09:00', usd: 0.375 });
    expect(byTask.math).toBeCloseTo(4 * byTask.writing, 5);
    expect(observedCalls).toBe(0);
  });

  it('follows what was seen, the more calls it were the more closely', () => {
    const byHourUsd = Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 1 : 0));
    const nine = (calls: number): number =>
      allocateBudget(10, 'day', observed({ calls, byHourUsd })).slots[9]?.usd ?? 0;
    expect(nine(0)).toBe(0.375);
    expect(nine(50)).toBeCloseTo(9 * (0.5 + 0.5 / 24), 5);
    expect(nine(1e6)).toBeGreaterThan(8.99);
  });

  it('splits a week by weekdays and a month by its dates, each as its weekday', () => {
    const mondays = observed({ byWeekdayUsd: [1, 0, 0, 0, 0, 0, 0] });
    const week = allocateBudget(70, 'week', mondays).slots;
    expect(week.map(({ name }) => name)).toEqual(
      'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' '),
    );
    expect(week[0]!.usd).toBeGreaterThan(10 * week[1]!.usd);
    const month = allocateBudget(70, 'month', mondays).slots;
    expect(month).toHaveLength(31);
    expect(month[4]!.name).toBe('2026-10-05');
    expect(month[4]!.usd).toBeGreaterThan(10 * month[5]!.usd);
    const february = allocateBudget(1, 'month', { ...basis, now: Date.UTC(2028, 1, 29, 23) });
    expect(february.slots).toHaveLength(29);
  });

  it('keeps a tenth back, and says what 80 and 95 percent are', () => {
    expect(allocateBudget(20, 'month', basis)).toMatchObject({
      reserveUsd: 2,
      alerts: [
        { share: 0.8, usd: 16 },
        { share: 0.95, usd: 19 },
      ],
    });
  });

  it('holds a week by seven days, since no budget lasts a week', () => {
    expect(allocateBudget(70, 'week', basis).budgets).toEqual([{ limitUsd: 10, per: 'day', mode: 'hard' }]);
    expect(allocateBudget(24, 'day', basis).budgets).toEqual([
      { limitUsd: 24, per: 'day', mode: 'hard' },
      { limitUsd: 0.9, per: 'hour', mode: 'soft' },
    ]);
  });

  it.each([NaN, Infinity, -5, 0, 0.001, 1e300, '5', null, undefined, {}])('refuses the total %o', (total) => {
    expect(() => allocateBudget(total as number, 'day', basis)).toThrow(
      expect.objectContaining({ code: 'invalid-request', field: 'totalUsd' }) as Error,
    );
  });

  it.each(['', 'year', 'Day', null, undefined, 7])('refuses the period %o', (span) => {
    expect(() => allocateBudget(5, span as AllocationPeriod, basis)).toThrow(
      expect.objectContaining({ code: 'invalid-request', field: 'period' }) as Error,
    );
  });

  it('names the nearest period', () => {
    expect(() => allocateBudget(5, 'weeks' as AllocationPeriod, basis)).toThrow(/Did you mean 'week'/);
  });
});
