import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../src/upstream/retry-budget.js';

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sequential calls on one target of which this share of the attempts fails: at most 3 attempts a call. */
function simulate(
  faultRate: number,
  calls: number,
): { readonly success: number; readonly attemptsPerCall: number } {
  const budget = new RetryBudget();
  const random = seeded(7);
  let served = 0;
  let attempts = 0;
  for (let call = 0; call < calls; call++) {
    for (let retries = 0; ; retries++) {
      attempts += 1;
      if (random() >= faultRate) {
        served += 1;
        budget.succeeded(retries);
        break;
      }
      if (retries === 2 || !budget.tryRetry()) break;
    }
  }
  return { success: served / calls, attemptsPerCall: attempts / calls };
}

describe('RetryBudget', () => {
  it('has ten retries to begin with, and then none', () => {
    const budget = new RetryBudget();
    expect(Array.from({ length: 12 }, () => budget.tryRetry())).toEqual([
      ...Array.from({ length: 10 }, () => true),
      false,
      false,
    ]);
  });

  it('gains a tenth with each success, and never more than it can hold', () => {
    const budget = new RetryBudget();
    const taken = (most: number): number => {
      let count = 0;
      while (count < most && budget.tryRetry()) count += 1;
      return count;
    };
    for (let count = 0; count < 1000; count++) budget.succeeded(0);
    expect(taken(9)).toBe(9);
    budget.succeeded(0);
    expect(taken(9)).toBe(9);
    budget.succeeded(0);
    // Of 24 and two tenths.
    expect(taken(9)).toBe(6);
    for (let count = 0; count < 9; count++) budget.succeeded(0);
    expect(taken(9)).toBe(1);
  });

  it('has no more than ten between two successes, whatever it holds', () => {
    const budget = new RetryBudget();
    for (let count = 0; count < 1000; count++) budget.succeeded(0);
    const taken = Array.from({ length: 30 }, () => budget.tryRetry()).filter(Boolean);
    expect(taken).toHaveLength(10);
    budget.succeeded(0);
    expect(budget.tryRetry()).toBe(true);
  });

  it('takes back what was not sent', () => {
    const budget = new RetryBudget();
    for (let count = 0; count < 50; count++) {
      expect(budget.tryRetry()).toBe(true);
      budget.giveBack();
    }
    for (let count = 0; count < 10; count++) expect(budget.tryRetry()).toBe(true);
    expect(budget.tryRetry()).toBe(false);
  });

  it('a retry that succeeds gets its cost back', () => {
    const budget = new RetryBudget();
    for (let count = 0; count < 1000; count++) {
      expect(budget.tryRetry()).toBe(true);
      budget.succeeded(1);
    }
    for (let count = 0; count < 10; count++) expect(budget.tryRetry()).toBe(true);
  });

  // The anchors are those of the table "Which retry budget": 100,000 sequential calls.
  it.each([
    { faultRate: 0, success: [1, 1], attempts: [1, 1] },
    { faultRate: 0.05, success: [0.9995, 1], attempts: [1.05, 1.055] },
    { faultRate: 0.2, success: [0.99, 0.993], attempts: [1.23, 1.27] },
    { faultRate: 0.5, success: [0.54, 0.57], attempts: [1.09, 1.13] },
    { faultRate: 1, success: [0, 0], attempts: [1, 1.0001] },
  ] as const)(
    'at $faultRate faults: success $success, attempts per call $attempts',
    ({ faultRate, success, attempts }) => {
      const figures = simulate(faultRate, 100_000);
      expect(figures.success).toBeGreaterThanOrEqual(success[0]);
      expect(figures.success).toBeLessThanOrEqual(success[1]);
      expect(figures.attemptsPerCall).toBeGreaterThanOrEqual(attempts[0]);
      expect(figures.attemptsPerCall).toBeLessThanOrEqual(attempts[1]);
    },
  );

  it('an outage costs ten attempts in all, however long it lasts', () => {
    expect(simulate(1, 1000).attemptsPerCall).toBe(1 + 10 / 1000);
    expect(simulate(1, 10).attemptsPerCall).toBeLessThanOrEqual(1 + 10 / 10);
  });
});
