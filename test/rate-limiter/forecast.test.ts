import { describe, expect, it } from 'vitest';
import { forecastWait } from '../../src/rate-limiter/forecast.js';
import type { LimitAmount, LimitsView, LimitWindow } from '../../src/stores.js';

const WINDOWS: readonly LimitWindow[] = [
  { name: 'burst', unit: 'requests', kind: 'bucket', limit: 10, windowMs: 10_000 },
  { name: 'minute', unit: 'requests', kind: 'sliding', limit: 60, windowMs: 60_000 },
  { name: 'tokens-minute', unit: 'tokens', kind: 'sliding', limit: 500, windowMs: 60_000 },
];

const view = (waitMs: number, ...used: number[]): LimitsView => ({
  waitMs,
  windows: WINDOWS.map((window, index) => ({ ...window, used: used[index] ?? 0 })),
});
const amount = (requests: number, tokens = 0): LimitAmount => ({ requests, tokens });

describe('forecastWait', () => {
  it('foresees nothing where all fits', () => {
    expect(forecastWait(WINDOWS, view(0), amount(9), amount(1, 500))).toEqual({ waitMs: 0, window: '' });
  });

  it('foresees the refills that those ahead will use up', () => {
    expect(forecastWait(WINDOWS, view(1000, 10), amount(4), amount(1))).toEqual({
      waitMs: 5000,
      window: 'burst',
    });
  });

  it('foresees the whole windows that those ahead will fill', () => {
    expect(forecastWait(WINDOWS, view(0), amount(0, 1600), amount(1, 100))).toEqual({
      waitMs: 120_000,
      window: 'tokens-minute',
    });
  });

  it('names the window for which the store waits', () => {
    expect(forecastWait(WINDOWS, view(42_000, 3, 60), amount(0), amount(1)).window).toBe('minute');
    expect(forecastWait(WINDOWS, view(42_000, 10, 12, 500), amount(0), amount(1, 1)).window).toBe(
      'tokens-minute',
    );
    expect(forecastWait(WINDOWS, view(1000, 10), amount(0), amount(1))).toEqual({
      waitMs: 1000,
      window: 'burst',
    });
  });

  it('trusts a store that waits longer than its counts explain', () => {
    expect(forecastWait(WINDOWS, view(70, 0), amount(0), amount(1)).waitMs).toBe(70);
  });

  it('counts what is larger than a window as that window', () => {
    expect(forecastWait(WINDOWS, view(0), amount(0), amount(1, 10_000)).waitMs).toBe(0);
  });
});
