import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chargeWindow,
  emptyWindow,
  refundWindow,
  windowUsed,
  windowWaitMs,
} from '../../src/rate-limiter/sliding-window.js';

interface Grant {
  readonly atMs: number;
  readonly amount: number;
}

/** The most that lies in any window `[t, t + windowMs)`. */
function mostInAnyWindow(grants: readonly Grant[], windowMs: number): number {
  let most = 0;
  let sum = 0;
  let first = 0;
  for (const { atMs, amount } of grants) {
    sum += amount;
    while (atMs >= grants[first]!.atMs + windowMs) sum -= grants[first++]!.amount;
    most = Math.max(most, sum);
  }
  return most;
}

/** Takes whatever is admitted of a stream of amounts, as fast as it is admitted. */
function greedy(shape: { limit: number; windowMs: number }, steps: readonly Grant[]): Grant[] {
  const window = emptyWindow();
  const grants: Grant[] = [];
  let longestRest = 0;
  let mostSlices = 0;
  let nowMs = 0;
  for (const { atMs: afterMs, amount } of steps) {
    nowMs += afterMs;
    const waitMs = windowWaitMs(window, shape, amount, nowMs);
    nowMs += waitMs;
    longestRest = Math.max(longestRest, windowWaitMs(window, shape, amount, nowMs));
    chargeWindow(window, shape.windowMs, amount, nowMs);
    grants.push({ atMs: nowMs, amount });
    mostSlices = Math.max(mostSlices, window.slices.length - window.first);
  }
  expect(longestRest).toBe(0);
  expect(mostSlices).toBeLessThanOrEqual(1024);
  return grants;
}

describe('sliding window', () => {
  it('admits up to its limit, and again as each entry leaves', () => {
    const window = emptyWindow();
    const shape = { limit: 3, windowMs: 1000 };
    for (const atMs of [0, 400, 500]) chargeWindow(window, 1000, 1, atMs);
    expect(windowWaitMs(window, shape, 1, 500)).toBe(500);
    expect(windowWaitMs(window, shape, 2, 500)).toBe(900);
    expect(windowWaitMs(window, shape, 3, 500)).toBe(1000);
    expect(windowWaitMs(window, shape, 1, 999.5)).toBe(1);
    expect(windowWaitMs(window, shape, 1, 1000)).toBe(0);
    expect(windowUsed(window, 1000, 1000)).toBe(2);
    expect(windowUsed(window, 1000, 1500)).toBe(0);
  });

  it('waits for all that was recorded beyond the limit', () => {
    const window = emptyWindow();
    for (const atMs of [0, 100, 200]) chargeWindow(window, 1000, 3, atMs);
    expect(windowWaitMs(window, { limit: 3, windowMs: 1000 }, 1, 200)).toBe(1000);
  });

  it('gives back an entry, but not one that has left', () => {
    const window = emptyWindow();
    for (const atMs of [0, 400, 500]) chargeWindow(window, 1000, 2, atMs);
    refundWindow(window, 1000, 2, 400, 600);
    expect(windowUsed(window, 1000, 600)).toBe(4);
    refundWindow(window, 1000, 5, 500, 600);
    expect(windowUsed(window, 1000, 600)).toBe(2);
    refundWindow(window, 1000, 2, 0, 1000);
    refundWindow(window, 1000, 2, 700, 1000);
    expect(windowUsed(window, 1000, 1000)).toBe(0);
    expect(windowUsed(window, 1000, 5000)).toBe(0);
  });

  it('counts at its latest instant what comes when time goes back', () => {
    const window = emptyWindow();
    chargeWindow(window, 1000, 1, 500);
    chargeWindow(window, 1000, 1, 300);
    expect(windowUsed(window, 1000, 1499)).toBe(2);
    expect(windowUsed(window, 1000, 1500)).toBe(0);
  });

  it('never admits more than the limit in any window', () => {
    const step = fc.record({
      atMs: fc.double({ min: 0, max: 700, noNaN: true }),
      amount: fc.integer({ min: 1, max: 7 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const grants = greedy({ limit: 7, windowMs: 1000 }, steps);
        expect(mostInAnyWindow(grants, 1000)).toBeLessThanOrEqual(7);
      }),
    );
  });

  it('of many entries keeps at most 1,024, still within the limit, and loses little by it', () => {
    const shape = { limit: 5000, windowMs: 60_000 };
    const steps = Array.from({ length: 20_000 }, (_, index) => ({ atMs: (index * 7) % 11, amount: 1 }));
    const grants = greedy(shape, steps);
    expect(mostInAnyWindow(grants, shape.windowMs)).toBeLessThanOrEqual(shape.limit);
    // Exactly kept, the fourth 5,000 end 25 s into the fourth minute (and a little, for whole milliseconds);
    // merging may cost 1/256 of each.
    expect(grants.at(-1)!.atMs).toBeLessThanOrEqual(3 * shape.windowMs * (1 + 1 / 256) + 25_100);
  });

  it('is exact as long as its entries are few', () => {
    const shape = { limit: 1000, windowMs: 60_000 };
    const grants = greedy(
      shape,
      Array.from({ length: 5000 }, () => ({ atMs: 0.25, amount: 1 })),
    );
    const gapsMs = grants.slice(shape.limit).map(({ atMs }, index) => atMs - grants[index]!.atMs);
    expect(Math.max(...gapsMs)).toBeLessThanOrEqual(shape.windowMs + 1);
  });

  it('a refund out of a merged slice leaves no more than was used', () => {
    const window = emptyWindow();
    for (let atMs = 0; atMs < 3000; atMs++) chargeWindow(window, 60_000, 1, atMs);
    for (let atMs = 0; atMs < 3000; atMs += 2) refundWindow(window, 60_000, 1, atMs, 3000);
    expect(windowUsed(window, 60_000, 3000)).toBe(1500);
    expect(window.slices.every((slice) => slice.amount >= 0)).toBe(true);
  });
});
