import type { RouteLLErrorCode } from '../errors.js';
import type { UsageBucket } from './rollups.js';
import {
  emptyBreakdown,
  emptyTotals,
  foldGroups,
  mergeBreakdown,
  mergeGroups,
  mergeTotals,
  GROUP_LIMIT,
  USAGE_DIMENSIONS,
  type UsageBreakdown,
  type UsageDimension,
  type UsageGroups,
  type UsageTotals,
} from './totals.js';

/** Figures of a set of calls. */
export interface UsageStats {
  readonly totalRequests: number;
  readonly successfulRequests: number;
  readonly failedRequests: number;
  /** Of the successful ones, those served from the cache: they cost 0 and count in no figure of tokens or latency. */
  readonly cachedRequests: number;
  /** 0..100; 0 where there were no requests. */
  readonly successRate: number;
  readonly totalTokens: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** USD, failed calls included, of the calls whose cost is known. */
  readonly totalCostUsd: number;
  /** Calls in none of the cost figures, because the price of an attempt is unknown. */
  readonly unknownCostRequests: number;
  /** USD over the calls whose cost is known; 0 where there is none. */
  readonly avgCostPerRequest: number;
  /** As the upstream charged them; `null` where it told none. */
  readonly totalCredits: number | null;
  /** Of the calls that a model answered; 0 where there is none. */
  readonly avgLatencyMs: number;
}

/** Figures by name. The 200 busiest names, and `other` for the rest. */
export type UsageStatsByName = Readonly<Record<string, UsageStats>>;

/** The figures of one day. */
export interface DayUsage extends UsageStats {
  /** `YYYY-MM-DD` in the time zone asked for. */
  readonly date: string;
  /** By what `groupBy` names; absent without it. */
  readonly groups?: UsageStatsByName;
}

/** What the monitor knows of a range. */
export interface UsageAnalytics {
  /** Epoch milliseconds, inclusive: the range as answered, widened to the borders of what is kept. */
  readonly from: number;
  /** Epoch milliseconds, exclusive. */
  readonly to: number;
  readonly timeZone: string;
  /** Today, whatever the range. */
  readonly dailyStats: UsageStats;
  /** The whole range. */
  readonly totals: UsageStats;
  /** Days with calls, oldest first. */
  readonly days: readonly DayUsage[];
  readonly byModel: UsageStatsByName;
  readonly byProvider: UsageStatsByName;
  readonly byTask: UsageStatsByName;
  /** A call with several tags counts under each. */
  readonly byTag: UsageStatsByName;
  readonly errorsByCode: Readonly<Partial<Record<RouteLLErrorCode, number>>>;
}

/** Names the day an instant falls in, as `YYYY-MM-DD`. */
export type DateNamer = (at: number) => string;

/** @throws RangeError for an unknown time zone */
export function dateNamer(timeZone: string): DateNamer {
  // The Swedish locale writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return (at) => format.format(at);
}

/**
 * The day of a bucket is that of its middle: exact for the last 48 hours in every time zone, and for 8 days
 * where the offset is whole hours. Older days are UTC days under the date that most of them falls in.
 */
export const dateOfBucket = (bucket: UsageBucket, dateOf: DateNamer): string =>
  dateOf(bucket.startAt + bucket.widthMs / 2);

export function sumBuckets(buckets: readonly UsageBucket[]): UsageBreakdown {
  const sum = emptyBreakdown();
  for (const bucket of buckets) mergeBreakdown(sum, bucket.breakdown);
  for (const dimension of USAGE_DIMENSIONS) foldGroups(sum.groups[dimension], GROUP_LIMIT);
  return sum;
}

export function daysOf(
  buckets: readonly UsageBucket[],
  dateOf: DateNamer,
  groupBy: UsageDimension | undefined,
): DayUsage[] {
  const byDate = new Map<string, UsageBucket[]>();
  for (const bucket of buckets) {
    const date = dateOfBucket(bucket, dateOf);
    const ofDay = byDate.get(date);
    if (ofDay === undefined) byDate.set(date, [bucket]);
    else ofDay.push(bucket);
  }
  return [...byDate].map(([date, ofDay]) => {
    const totals = emptyTotals();
    for (const bucket of ofDay) mergeTotals(totals, bucket.breakdown.totals);
    if (groupBy === undefined) return { date, ...statsOf(totals) };
    const groups: UsageGroups = new Map();
    for (const bucket of ofDay) mergeGroups(groups, bucket.breakdown.groups[groupBy]);
    return { date, ...statsOf(totals), groups: statsByName(groups) };
  });
}

export function statsOf(totals: UsageTotals): UsageStats {
  const successes = totals.requests - totals.failures;
  const answered = successes - totals.cachedRequests;
  const priced = totals.requests - totals.unknownCostRequests;
  return {
    totalRequests: totals.requests,
    successfulRequests: successes,
    failedRequests: totals.failures,
    cachedRequests: totals.cachedRequests,
    successRate: totals.requests === 0 ? 0 : (100 * successes) / totals.requests,
    totalTokens: totals.totalTokens,
    inputTokens: totals.inputTokens,
    outputTokens: totals.outputTokens,
    totalCostUsd: totals.costUsd,
    unknownCostRequests: totals.unknownCostRequests,
    avgCostPerRequest: priced === 0 ? 0 : totals.costUsd / priced,
    totalCredits: totals.creditRequests === 0 ? null : totals.credits,
    avgLatencyMs: answered === 0 ? 0 : totals.latencyMs / answered,
  };
}

/** Busiest first. */
export function statsByName(groups: UsageGroups): UsageStatsByName {
  foldGroups(groups, GROUP_LIMIT);
  const sorted = [...groups].sort(([, a], [, b]) => b.requests - a.requests);
  return Object.fromEntries(sorted.map(([name, totals]) => [name, statsOf(totals)]));
}
