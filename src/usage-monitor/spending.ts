import type { SpendingPattern } from '../types.js';
import { HOUR_MS, type UsageBucket } from './rollups.js';

/** The pattern of what was counted. Buckets lie within one UTC day each; those of whole days have no hour. */
export function spendingOf(buckets: readonly UsageBucket[]): SpendingPattern {
  let calls = 0;
  const byTaskUsd = new Map<string, number>();
  const byHourUsd = new Array<number>(24).fill(0);
  const byWeekdayUsd = new Array<number>(7).fill(0);
  for (const { startAt, widthMs, breakdown } of buckets) {
    const { costUsd, requests, unknownCostRequests } = breakdown.totals;
    const date = new Date(startAt);
    calls += requests - unknownCostRequests;
    add(byWeekdayUsd, (date.getUTCDay() + 6) % 7, costUsd);
    if (widthMs <= HOUR_MS) add(byHourUsd, date.getUTCHours(), costUsd);
    for (const [task, totals] of breakdown.groups.task) {
      byTaskUsd.set(task, (byTaskUsd.get(task) ?? 0) + totals.costUsd);
    }
  }
  return { calls, byTaskUsd: Object.fromEntries(byTaskUsd), byHourUsd, byWeekdayUsd };
}

function add(sums: number[], index: number, amount: number): void {
  sums[index] = (sums[index] ?? 0) + amount;
}
