import { InvalidRequestError } from '../errors.js';
import { didYouMean } from '../nearest-name.js';
import { type SpendingPattern, TaskType } from '../types.js';
import type { Budget } from './budgets.js';
import { TOLD_SHARES } from './told-shares.js';

/** What an amount can be split over. */
export type AllocationPeriod = 'day' | 'week' | 'month';

/** A part of a split: an hour of the day, a day of the week, or a date. */
export interface BudgetSlot {
  /** As `09:00`, `Monday`, or `2026-11-03`; hours and days are UTC. */
  readonly name: string;
  readonly usd: number;
}

/** A split of an amount. Slots and reserve, as well as tasks and reserve, sum to it, to a millionth of a USD. */
export interface BudgetAllocation {
  readonly totalUsd: number;
  readonly period: AllocationPeriod;
  /** Kept back, a tenth: for retries, and for what the pattern does not foresee. */
  readonly reserveUsd: number;
  readonly slots: readonly BudgetSlot[];
  /** USD by kind of task. */
  readonly byTask: Readonly<Record<TaskType, number>>;
  /** For the client's `budgets`: a hard one that keeps the total, a soft one that tells of a slot overrun. */
  readonly budgets: readonly Budget[];
  /** What will be spent when `budget-threshold` is told for the whole: at 80 % and at 95 %. */
  readonly alerts: readonly { readonly share: number; readonly usd: number }[];
  /** Calls whose cost the split goes by; 0: it is the prior alone. */
  readonly observedCalls: number;
}

/** What a split goes by beside the amount. */
export interface AllocationBasis {
  /** Epoch milliseconds: says which month is meant. */
  readonly now: number;
  /** Weights of the tasks before anything was seen. */
  readonly taskPrior: Readonly<Record<TaskType, number>>;
  readonly observed: SpendingPattern | null;
}

const MICROS = 1e6;
const LEAST_USD = 0.01;
const MOST_USD = 1e9;
const RESERVE_SHARE = 0.1;
/** The prior counts as much as so many calls: what few calls show is mostly chance. */
const PRIOR_CALLS = 50;

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const HOURS = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`);
const PERIODS: readonly string[] = ['day', 'week', 'month'] satisfies AllocationPeriod[];

const nothing: SpendingPattern = { calls: 0, byTaskUsd: {}, byHourUsd: [], byWeekdayUsd: [] };

/**
 * Splits an amount over a period and by task: what was observed and the prior, weighed by the calls seen.
 * @throws {InvalidRequestError} naming `totalUsd` or `period`.
 */
export function allocateBudget(
  totalUsd: number,
  period: AllocationPeriod,
  { now, taskPrior, observed }: AllocationBasis,
): BudgetAllocation {
  checkAmount(totalUsd);
  checkPeriod(period);
  const seen = observed ?? nothing;
  const total = Math.round(totalUsd * MICROS);
  const reserve = Math.round(total * RESERVE_SHARE);
  const { names, observedUsd } = slotsOf(period, seen, now);
  const even = names.map(() => 1);
  const parts = split(total - reserve, blend(even, observedUsd, seen.calls));
  const tasks = Object.values(TaskType);
  const byTask = split(
    total - reserve,
    blend(
      tasks.map((task) => taskPrior[task]),
      tasks.map((task) => seen.byTaskUsd[task] ?? 0),
      seen.calls,
    ),
  );
  return {
    totalUsd: total / MICROS,
    period,
    reserveUsd: reserve / MICROS,
    slots: names.map((name, index) => ({ name, usd: (parts[index] ?? 0) / MICROS })),
    byTask: Object.fromEntries(tasks.map((task, index) => [task, (byTask[index] ?? 0) / MICROS])) as Record<
      TaskType,
      number
    >,
    budgets: budgetsFor(period, total, Math.max(...parts)),
    alerts: TOLD_SHARES.map((share) => ({ share, usd: Math.round(share * total) / MICROS })),
    observedCalls: seen.calls,
  };
}

interface Slots {
  readonly names: readonly string[];
  readonly observedUsd: readonly number[];
}

function slotsOf(period: AllocationPeriod, seen: SpendingPattern, now: number): Slots {
  if (period === 'day') return { names: HOURS, observedUsd: seen.byHourUsd };
  if (period === 'week') return { names: WEEKDAYS, observedUsd: seen.byWeekdayUsd };
  const date = new Date(now);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const dates = Array.from({ length: days }, (_, index) => new Date(Date.UTC(year, month, index + 1)));
  return {
    names: dates.map((day) => day.toISOString().slice(0, 10)),
    observedUsd: dates.map((day) => seen.byWeekdayUsd[(day.getUTCDay() + 6) % 7] ?? 0),
  };
}

/** Shares of what was observed and of the prior, weighed as so many calls each. */
function blend(prior: readonly number[], observedUsd: readonly number[], calls: number): readonly number[] {
  const priorSum = sum(prior);
  const observedSum = sum(observedUsd);
  const weight = observedSum > 0 ? calls / (calls + PRIOR_CALLS) : 0;
  return prior.map(
    (share, index) =>
      ((1 - weight) * share) / priorSum +
      (weight === 0 ? 0 : (weight * (observedUsd[index] ?? 0)) / observedSum),
  );
}

/** Whole parts by weight that sum to the total: each border is rounded, not each part. */
function split(total: number, weights: readonly number[]): readonly number[] {
  const whole = sum(weights);
  let reached = 0;
  let border = 0;
  return weights.map((weight, index) => {
    reached += weight;
    const next =
      index === weights.length - 1 ? total : Math.min(total, Math.round((total * reached) / whole));
    const part = next - border;
    border = next;
    return part;
  });
}

/** There is no budget per week: seven equal days keep it. */
function budgetsFor(period: AllocationPeriod, total: number, largestSlot: number): readonly Budget[] {
  if (period === 'week') return [{ limitUsd: Math.floor(total / 7) / MICROS, per: 'day', mode: 'hard' }];
  return [
    { limitUsd: total / MICROS, per: period, mode: 'hard' },
    { limitUsd: largestSlot / MICROS, per: period === 'day' ? 'hour' : 'day', mode: 'soft' },
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function checkAmount(totalUsd: unknown): void {
  if (typeof totalUsd === 'number' && totalUsd >= LEAST_USD && totalUsd <= MOST_USD) return;
  const given = typeof totalUsd === 'number' ? String(totalUsd) : `a value of type ${typeof totalUsd}`;
  throw new InvalidRequestError(
    'totalUsd',
    `totalUsd must be USD from ${LEAST_USD} to ${MOST_USD}, got ${given}.`,
  );
}

function checkPeriod(period: unknown): void {
  if (PERIODS.includes(period as string)) return;
  const hint = typeof period === 'string' ? didYouMean(period, PERIODS) : '';
  throw new InvalidRequestError('period', `period must be one of ${PERIODS.join(', ')}.${hint}`);
}
