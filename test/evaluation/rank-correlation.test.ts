import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spearman } from '../../src/evaluation/rank-correlation.js';

describe('spearman', () => {
  it('is that of the textbook, ties at their mean rank', () => {
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.820782681668123, 12);
    expect(spearman([1, 1, 2], [3, 3, 9])).toBeCloseTo(1, 12);
  });

  it('is no number where one side is all the same', () => {
    expect(spearman([1, 1], [1, 2])).toBeNaN();
  });

  it('is 1 for whatever rises with the values, and -1 turned around', () => {
    const values = fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2 });
    fc.assert(
      fc.property(values, (all) => {
        expect(
          spearman(
            all,
            all.map((value) => Math.atan(value)),
          ),
        ).toBeCloseTo(1, 9);
        expect(
          spearman(
            all,
            all.map((value) => -(value ** 3)),
          ),
        ).toBeCloseTo(-1, 9);
      }),
    );
  });
});
