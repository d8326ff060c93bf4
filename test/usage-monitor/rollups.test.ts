import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  createRollups,
  readRollups,
  recordSample,
  utcDay,
  type Rollups,
  type RollupReading,
} from '../../src/usage-monitor/rollups.js';
import { sampleAt } from './samples.js';

const NOW = Date.UTC(2026, 9, 15, 12, 7, 31, 5);

const requestsIn = (reading: RollupReading): number =>
  reading.buckets.reduce((sum, bucket) => sum + bucket.breakdown.totals.requests, 0);

const read = (rollups: Rollups, from = 0, to = NOW + 1, now = NOW): RollupReading =>
  readRollups(rollups, { from, to, now });

describe('rollups', () => {
  it('answers for each age by the finest width kept for it', () => {
    const rollups = createRollups(30);
    const ages = [20 * DAY_MS, 5 * DAY_MS, 30 * HOUR_MS, HOUR_MS];
    for (const age of ages) recordSample(rollups, sampleAt(NOW - age));
    const widths = read(rollups).buckets.map((bucket) => bucket.widthMs);
    expect(widths).toEqual([DAY_MS, HOUR_MS, 15 * MINUTE_MS, MINUTE_MS]);
  });

  it('counts every retained call exactly once over any split of the range', () => {
    const age = fc.integer({ min: 0, max: 40 * DAY_MS });
    fc.assert(
      fc.property(
        fc.array(age, { maxLength: 60 }),
        age,
        fc.integer({ min: 1, max: 40 }),
        (ages, splitAge, retentionDays) => {
          const rollups = createRollups(retentionDays);
          for (const each of ages.sort((a, b) => b - a)) recordSample(rollups, sampleAt(NOW - each));
          const earliest = Math.floor(NOW / DAY_MS) * DAY_MS - retentionDays * DAY_MS;
          const retained = ages.filter((each) => NOW - each >= earliest).length;
          expect(requestsIn(read(rollups))).toBe(retained);
          // Splitting where the reading says its own border is loses nothing and counts nothing twice.
          const border = read(rollups, NOW - splitAge).from;
          expect(requestsIn(read(rollups, 0, border)) + requestsIn(read(rollups, border))).toBe(retained);
        },
      ),
    );
  });

  it('never holds more buckets than its widths allow, however long it runs', () => {
    const rollups = createRollups(30);
    for (let at = NOW; at < NOW + 60 * DAY_MS; at += 7 * MINUTE_MS) recordSample(rollups, sampleAt(at));
    const [minutes, quarters, hours, days] = rollups.series.map((series) => series.buckets.size);
    expect(minutes).toBeLessThanOrEqual(181);
    expect(quarters).toBeLessThanOrEqual(193);
    expect(hours).toBeLessThanOrEqual(193);
    expect(days).toBe(31);
  });

  it('stays bounded where the wall clock runs backwards', () => {
    const rollups = createRollups(2);
    for (let day = 0; day < 100; day++) recordSample(rollups, sampleAt(NOW - day * DAY_MS));
    for (const series of rollups.series) {
      expect(series.buckets.size).toBeLessThanOrEqual(Math.ceil(series.keepMs / series.widthMs) + 2);
    }
  });

  it('forgets what is older than the retention, also in widths that are kept longer', () => {
    const rollups = createRollups(1);
    recordSample(rollups, sampleAt(Date.UTC(2026, 9, 13, 23, 59)));
    recordSample(rollups, sampleAt(Date.UTC(2026, 9, 14, 0, 0)));
    recordSample(rollups, sampleAt(NOW));
    expect(requestsIn(read(rollups))).toBe(2);
    expect(rollups.series[2]?.buckets.size).toBe(2);
  });

  it('widens a range to the borders of what is kept and says so', () => {
    const rollups = createRollups(30);
    const recent = read(rollups, NOW - 30_000, NOW - 10_000);
    expect(recent).toMatchObject({ from: Date.UTC(2026, 9, 15, 12, 7), to: Date.UTC(2026, 9, 15, 12, 8) });
    const old = read(rollups, NOW - 20 * DAY_MS, NOW - 19 * DAY_MS);
    expect(old).toMatchObject({ from: Date.UTC(2026, 8, 25), to: Date.UTC(2026, 8, 27) });
    expect(read(rollups, 0).from).toBe(Date.UTC(2026, 8, 15));
  });

  it('excludes the end of a range', () => {
    const rollups = createRollups(30);
    const hour = Date.UTC(2026, 9, 15, 12);
    recordSample(rollups, sampleAt(hour - 1));
    recordSample(rollups, sampleAt(hour));
    expect(requestsIn(read(rollups, hour - HOUR_MS, hour))).toBe(1);
  });

  it('keeps UTC days apart at midnight', () => {
    const rollups = createRollups(30);
    const midnight = Date.UTC(2026, 9, 16);
    recordSample(rollups, sampleAt(midnight - 1));
    recordSample(rollups, sampleAt(midnight));
    recordSample(rollups, sampleAt(midnight + 1));
    expect(utcDay(rollups, midnight - 1)?.totals.requests).toBe(1);
    expect(utcDay(rollups, midnight)?.totals.requests).toBe(2);
    expect(utcDay(rollups, midnight + DAY_MS)).toBeUndefined();
  });
});
