import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averageImprovementInQuality,
  type CostQuality,
  nonDecreasingHull,
} from '../../src/evaluation/cost-quality.js';

const points = (...pairs: readonly (readonly [number, number])[]): readonly CostQuality[] =>
  pairs.map(([costUsd, quality]) => ({ costUsd, quality }));

describe('nonDecreasingHull', () => {
  it('leaves out what is dominated, and what a mixture of others beats', () => {
    const hull = nonDecreasingHull(points([4, 0.9], [1, 0.5], [2, 0.55], [3, 0.4], [5, 0.8], [1, 0.3]));
    expect(hull).toEqual(points([1, 0.5], [4, 0.9]));
  });

  it('keeps what bends upwards, and has nothing of nothing', () => {
    expect(nonDecreasingHull(points([1, 0.1], [2, 0.6], [4, 0.8]))).toEqual(
      points([1, 0.1], [2, 0.6], [4, 0.8]),
    );
    expect(nonDecreasingHull([])).toEqual([]);
  });

  it('lies above every point, rises, and flattens', () => {
    const point = fc.record({
      costUsd: fc.integer({ min: 1, max: 50 }),
      quality: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 20 }), (all) => {
        const hull = nonDecreasingHull(all);
        const slopes = hull.slice(1).map((next, index) => {
          const { costUsd, quality } = hull[index]!;
          return (next.quality - quality) / (next.costUsd - costUsd);
        });
        expect(slopes.every((slope) => slope > 0)).toBe(true);
        expect(slopes).toEqual([...slopes].sort((a, b) => b - a));
        for (const { costUsd, quality } of all) {
          const at = averageImprovementInQuality(hull, { fromUsd: costUsd, toUsd: costUsd });
          expect(at).toBeGreaterThanOrEqual(quality - 1e-9);
        }
      }),
    );
  });
});

describe('averageImprovementInQuality', () => {
  it('is the mean height over the range', () => {
    const hull = points([1, 0.5], [3, 0.9]);
    expect(averageImprovementInQuality(hull, { fromUsd: 1, toUsd: 3 })).toBeCloseTo(0.7, 12);
    expect(averageImprovementInQuality(hull, { fromUsd: 1, toUsd: 5 })).toBeCloseTo(0.8, 12);
  });

  it('comes from nothing before the cheapest point', () => {
    expect(averageImprovementInQuality(points([2, 0.8]), { fromUsd: 1, toUsd: 3 })).toBeCloseTo(0.7, 12);
  });

  it('is no number without points, and the height where the range is one cost', () => {
    expect(averageImprovementInQuality([], { fromUsd: 1, toUsd: 2 })).toBeNaN();
    expect(averageImprovementInQuality(points([1, 0.4]), { fromUsd: 1, toUsd: 1 })).toBe(0.4);
  });
});
