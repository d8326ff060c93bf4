import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/evaluation/random.js';
import { ascending, mean, orderOf, quantile } from '../../src/evaluation/statistics.js';

describe('quantile', () => {
  it('is linear between neighbours', () => {
    const values = ascending([4, 1, 3, 2]);
    expect([0, 0.5, 1 / 3, 1].map((share) => quantile(values, share))).toEqual([1, 2.5, 2, 4]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('orderOf', () => {
  it('keeps equal values as they came', () => {
    expect([...orderOf([2, 1, 2, 0])]).toEqual([3, 1, 0, 2]);
  });
});

describe('seededRandom', () => {
  it('is the same for the same seed, spread over the unit interval', () => {
    const [random, again] = [seededRandom(1), seededRandom(1)];
    const drawn = Array.from({ length: 1000 }, random);
    expect(drawn).toEqual(Array.from({ length: 1000 }, again));
    expect(Math.abs(mean(drawn) - 0.5)).toBeLessThan(0.05);
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    expect(seededRandom(2)()).not.toBe(seededRandom(1)());
  });
});
