import { addSample, emptyBreakdown, type CallSample, type UsageBreakdown } from './totals.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The counts of one stretch of time, from `startAt` for `widthMs`. */
export interface UsageBucket {
  /** Epoch milliseconds, a multiple of the width: UTC borders. */
  readonly startAt: number;
  readonly widthMs: number;
  readonly breakdown: UsageBreakdown;
}

/** Buckets of one width, kept for so long. */
interface UsageSeries {
  readonly widthMs: number;
  readonly keepMs: number;
  readonly buckets: Map<number, UsageBucket>;
}

/** Every call counted at four widths, each kept for so long and no longer. */
export interface Rollups {
  readonly retentionDays: number;
  /** Finest first; each width divides the next. */
  readonly series: readonly UsageSeries[];
}

/** The buckets that answer for a stretch of time, and the stretch they cover exactly. */
export interface RollupReading {
  /** Epoch milliseconds, inclusive. */
  readonly from: number;
  /** Epoch milliseconds, exclusive. */
  readonly to: number;
  readonly buckets: readonly UsageBucket[];
}

/** Per minute for 3 hours, quarter-hour for 48 hours, hour for 8 days, day for `retentionDays` and today. */
export function createRollups(retentionDays: number): Rollups {
  const series = (widthMs: number, keepMs: number): UsageSeries => ({ widthMs, keepMs, buckets: new Map() });
  return {
    retentionDays,
    series: [
      series(MINUTE_MS, 3 * HOUR_MS),
      series(15 * MINUTE_MS, 48 * HOUR_MS),
      series(HOUR_MS, 8 * DAY_MS),
      series(DAY_MS, retentionDays * DAY_MS),
    ],
  };
}

/** Counts a call at every width, and drops what has grown too old. */
export function recordSample(rollups: Rollups, sample: CallSample): void {
  for (const series of rollups.series) {
    const startAt = floorTo(sample.at, series.widthMs);
    let bucket = series.buckets.get(startAt);
    if (bucket === undefined) {
      bucket = { startAt, widthMs: series.widthMs, breakdown: emptyBreakdown() };
      series.buckets.set(startAt, bucket);
      evict(rollups, series, sample.at);
    }
    addSample(bucket.breakdown, sample);
  }
}

/** What was counted in the UTC day of `at`; `undefined` where nothing was. */
export function utcDay(rollups: Rollups, at: number): UsageBreakdown | undefined {
  return rollups.series.at(-1)?.buckets.get(floorTo(at, DAY_MS))?.breakdown;
}

/**
 * The buckets of [from, to), oldest first, each instant by the finest width still kept for it.
 * The edges are widened to the borders of the buckets there; nothing older than the retention answers.
 */
export function readRollups(
  rollups: Rollups,
  range: { from: number; to: number; now: number },
): RollupReading {
  const earliest = earliestAt(rollups, range.now);
  const reading = { from: Math.max(range.from, earliest), to: Math.max(range.to, earliest) };
  const buckets: UsageBucket[] = [];
  let untilAt = Infinity;
  for (const [index, series] of rollups.series.entries()) {
    // Aligned to the next coarser width, so that no bucket there overlaps one here.
    const coarser = rollups.series[index + 1];
    const sinceAt =
      coarser === undefined
        ? earliest
        : Math.max(earliest, ceilTo(range.now - series.keepMs, coarser.widthMs));
    const from = Math.max(sinceAt, floorTo(range.from, series.widthMs));
    const to = Math.min(untilAt, range.to);
    for (const bucket of series.buckets.values()) {
      if (bucket.startAt >= from && bucket.startAt < to) buckets.push(bucket);
    }
    if (range.from >= sinceAt && range.from < untilAt) reading.from = from;
    if (range.to > sinceAt && range.to <= untilAt) reading.to = ceilTo(range.to, series.widthMs);
    untilAt = sinceAt;
  }
  buckets.sort((a, b) => a.startAt - b.startAt);
  return { ...reading, buckets };
}

export const floorTo = (at: number, widthMs: number): number => Math.floor(at / widthMs) * widthMs;
export const ceilTo = (at: number, widthMs: number): number => Math.ceil(at / widthMs) * widthMs;

/** The first UTC midnight that is still kept. */
const earliestAt = (rollups: Rollups, now: number): number =>
  floorTo(now, DAY_MS) - rollups.retentionDays * DAY_MS;

function evict(rollups: Rollups, series: UsageSeries, at: number): void {
  const { buckets, widthMs, keepMs } = series;
  const earliest = Math.max(earliestAt(rollups, at), floorTo(at - keepMs, widthMs));
  for (const startAt of buckets.keys()) {
    if (startAt < earliest) buckets.delete(startAt);
  }
  // A wall clock that was set back leaves buckets of the future behind: the count stays bounded all the same.
  const limit = Math.ceil(keepMs / widthMs) + 2;
  if (buckets.size > limit) buckets.delete(Math.min(...buckets.keys()));
}
