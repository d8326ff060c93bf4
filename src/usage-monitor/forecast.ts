import { DAY_MS, HOUR_MS, ceilTo, floorTo } from './rollups.js';

/** Known spend by UTC day. Kept apart from the rollups, whose retention may be shorter than a month. */
export interface SpendHistory {
  /** Epoch milliseconds since which calls were seen; `null` before monitoring began. */
  sinceAt: number | null;
  /** Whether any call with a known cost was seen: without one, nothing can be projected. */
  priced: boolean;
  readonly costUsdByDay: Map<number, number>;
}

/** What the running UTC month will cost, as far as the past tells. */
export interface MonthProjection {
  /** USD: what was spent, and the mean of the past days for what remains of the month. */
  readonly projectedMonthlyCost: number;
  /** 90 % prediction interval, USD; `null` before the first call with a known cost. */
  readonly projectedMonthlyCostInterval: readonly [low: number, high: number] | null;
  readonly spentThisMonthUsd: number;
  /** Days of history it stands on, at most 28 and today. */
  readonly observedDays: number;
}

/** Four whole weeks, so that each weekday counts alike. */
const MEAN_OVER_DAYS = 28;
/** The longest month and the day that is running. */
const KEEP_DAYS = 32;

export const createSpendHistory = (): SpendHistory => ({
  sinceAt: null,
  priced: false,
  costUsdByDay: new Map(),
});

export function recordSpend(history: SpendHistory, at: number, costUsd: number): void {
  const day = floorTo(at, DAY_MS);
  const days = history.costUsdByDay;
  history.priced = true;
  if (!days.has(day)) {
    for (const known of days.keys()) if (known < day - KEEP_DAYS * DAY_MS) days.delete(known);
    // Days of the future stay behind where a wall clock was set back.
    if (days.size > KEEP_DAYS) days.delete(Math.min(...days.keys()));
  }
  days.set(day, (days.get(day) ?? 0) + costUsd);
}

/**
 * Projects the running UTC month: `spent + mean · R`, with R the days that remain of it and `mean` the
 * spend per day over the last 28 days and today. Less than a day of history counts as a day.
 *
 * The interval is `± t · s · √(R · (1 + R / observedDays))`: R days that vary by `s` about a mean that is
 * itself estimated. `s² = (mean² + Σ(xᵢ − x̄)²) / n` over the n whole days seen: as if one earlier day had
 * missed the mean by the mean, so that few days never look certain. `t` is Student's 0.95 quantile with n
 * degrees of freedom (at least one). What is spent is the floor. In the first day the upper end reaches at
 * least to the rate seen so far, measured over no less than an hour.
 */
export function projectMonth(history: SpendHistory, now: number): MonthProjection {
  const date = new Date(now);
  const monthStart = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  const monthEnd = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  const remainingDays = (monthEnd - now) / DAY_MS;
  const today = floorTo(now, DAY_MS);
  const observedFrom = Math.max(history.sinceAt ?? now, today - MEAN_OVER_DAYS * DAY_MS);
  const observedDays = Math.max(0, (now - observedFrom) / DAY_MS);

  const spentThisMonthUsd = spendBetween(history, monthStart, now);
  const seenUsd = spendBetween(history, floorTo(observedFrom, DAY_MS), now);
  const meanUsd = seenUsd / Math.max(1, observedDays);
  const projected = spentThisMonthUsd + meanUsd * remainingDays;
  const told = { projectedMonthlyCost: projected, spentThisMonthUsd, observedDays };
  if (!history.priced) return { ...told, projectedMonthlyCostInterval: null };

  const wholeDays = dailySpend(history, ceilTo(observedFrom, DAY_MS), today);
  const deviationUsd = Math.sqrt(
    (meanUsd ** 2 + squaredDeviations(wholeDays)) / Math.max(1, wholeDays.length),
  );
  const spreadUsd =
    studentQuantile(wholeDays.length) *
    deviationUsd *
    Math.sqrt(remainingDays * (1 + remainingDays / Math.max(1, observedDays)));
  const atRateSoFar =
    observedDays < 1 ? (remainingDays * seenUsd) / Math.max(observedDays, HOUR_MS / DAY_MS) : 0;
  return {
    ...told,
    projectedMonthlyCostInterval: [
      Math.max(spentThisMonthUsd, projected - spreadUsd),
      Math.max(projected + spreadUsd, spentThisMonthUsd + atRateSoFar),
    ],
  };
}

function spendBetween(history: SpendHistory, from: number, to: number): number {
  let sum = 0;
  for (const [day, costUsd] of history.costUsdByDay) if (day >= from && day <= to) sum += costUsd;
  return sum;
}

function dailySpend(history: SpendHistory, from: number, to: number): number[] {
  const spend: number[] = [];
  for (let day = from; day < to; day += DAY_MS) spend.push(history.costUsdByDay.get(day) ?? 0);
  return spend;
}

function squaredDeviations(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** Student's t, 0.95 quantile: tables up to 10 degrees of freedom, then the Cornish-Fisher expansion. */
const STUDENT_TABLE = [6.314, 2.92, 2.353, 2.132, 2.015, 1.943, 1.895, 1.86, 1.833, 1.812] as const;

function studentQuantile(degreesOfFreedom: number): number {
  const degrees = Math.max(1, degreesOfFreedom);
  return STUDENT_TABLE[degrees - 1] ?? 1.645 + 1.524 / degrees + 1.42 / degrees ** 2;
}
