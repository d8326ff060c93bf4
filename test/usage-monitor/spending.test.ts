import { describe, expect, it } from 'vitest';
import {
  createRollups,
  DAY_MS,
  HOUR_MS,
  readRollups,
  recordSample,
} from '../../src/usage-monitor/rollups.js';
import { spendingOf } from '../../src/usage-monitor/spending.js';
import type { SpendingPattern } from '../../src/types.js';
import type { CallSample } from '../../src/usage-monitor/totals.js';
import { sampleAt } from './samples.js';

/** A Thursday. */
const NOON = Date.UTC(2026, 9, 15, 12);

function patternOf(...samples: readonly CallSample[]): SpendingPattern {
  const rollups = createRollups(30);
  for (const sample of samples) recordSample(rollups, sample);
  return spendingOf(readRollups(rollups, { from: 0, to: NOON + 1, now: NOON }).buckets);
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

describe('spendingOf', () => {
  it('counts by task, hour and weekday', () => {
    const pattern = patternOf(
      sampleAt(NOON - 1, { costUsd: 1, taskType: 'math' }),
      sampleAt(NOON - 5 * HOUR_MS, { costUsd: 2, taskType: 'writing' }),
      sampleAt(NOON - 3 * DAY_MS, { costUsd: 4, taskType: 'math' }),
    );
    expect(pattern.calls).toBe(3);
    expect(pattern.byTaskUsd).toEqual({ math: 5, writing: 2 });
    expect(pattern.byHourUsd[11]).toBe(1);
    expect(pattern.byHourUsd[7]).toBe(2);
    expect(pattern.byHourUsd[12]).toBe(4);
    expect(pattern.byWeekdayUsd).toEqual([4, 0, 0, 3, 0, 0, 0]);
  });

  it('knows the weekday of what is too old to have an hour', () => {
    const pattern = patternOf(sampleAt(NOON - 14 * DAY_MS, { costUsd: 3 }));
    expect(pattern.byWeekdayUsd[3]).toBe(3);
    expect(sum(pattern.byHourUsd)).toBe(0);
  });

  it('leaves out calls of unknown cost, and is empty before the first', () => {
    expect(patternOf(sampleAt(NOON - 1, { costUsd: null })).calls).toBe(0);
    expect(patternOf()).toEqual({
      calls: 0,
      byTaskUsd: {},
      byHourUsd: new Array(24).fill(0),
      byWeekdayUsd: new Array(7).fill(0),
    });
  });
});
