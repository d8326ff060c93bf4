import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibration } from '../../src/evaluation/calibration.js';

describe('calibration', () => {
  it('is perfect where every bin is right on average', () => {
    const predicted = Array.from({ length: 40 }, (_, row) => (Math.floor(row / 4) + 0.5) / 10);
    const observed = predicted.map((value, row) => value + (row % 2 === 0 ? 0.05 : -0.05));
    const { ece, brier, meanAbsoluteError } = calibration(predicted, observed);
    expect(ece).toBeCloseTo(0, 12);
    expect(brier).toBeCloseTo(0.0025, 12);
    expect(meanAbsoluteError).toBeCloseTo(0.05, 12);
  });

  it('has bins of equal mass', () => {
    // 20 rows, two to a bin: only the last bin is off, by 0.5.
    const predicted = Array.from({ length: 20 }, (_, row) => row / 20);
    const observed = predicted.map((value, row) => (row >= 18 ? value - 0.5 : value));
    expect(calibration(predicted, observed).ece).toBeCloseTo(0.05, 12);
  });

  it('shares rows of equal predictions among their bins, in whatever order they stand', () => {
    const predicted = Array.from({ length: 1000 }, () => 0.5);
    const sorted = predicted.map((_, row) => (row < 500 ? 0 : 1));
    const alternating = predicted.map((_, row) => row % 2);
    expect(calibration(predicted, sorted).ece).toBeCloseTo(0, 12);
    expect(calibration(predicted, alternating).ece).toBeCloseTo(0, 12);
    // Four in ten share a prediction that is 0.5 too high; the rest is right.
    const halfTied = Array.from({ length: 100 }, (_, row) => (row < 40 ? 0.5 : 0.6 + row / 1000));
    const observed = halfTied.map((value, row) => (row < 40 ? 0 : value));
    expect(calibration(halfTied, observed).ece).toBeCloseTo(0.2, 12);
  });

  it('does not depend on the order of the rows', () => {
    const tied = fc.integer({ min: 0, max: 4 }).map((quarters) => quarters / 4);
    const shuffled = fc
      .array(fc.tuple(tied, tied), { minLength: 1, maxLength: 60 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    const eceOf = (rows: readonly (readonly [number, number])[]): number =>
      calibration(
        rows.map(([value]) => value),
        rows.map(([, value]) => value),
      ).ece;
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        expect(eceOf(others)).toBeCloseTo(eceOf(rows), 9);
      }),
    );
  });

  it('takes fewer rows than bins one by one', () => {
    expect(calibration([0.2, 0.9], [0, 1]).ece).toBeCloseTo(0.15, 12);
    expect(calibration([], []).ece).toBeNaN();
  });

  it('lies between the difference of the means and the mean of the differences', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(share, share), { minLength: 1 }), (rows) => {
        const [predicted, observed] = [rows.map(([value]) => value), rows.map(([, value]) => value)];
        const { ece, meanAbsoluteError } = calibration(predicted, observed);
        const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
        expect(ece).toBeGreaterThanOrEqual(Math.abs(mean(predicted) - mean(observed)) - 1e-12);
        expect(ece).toBeLessThanOrEqual(meanAbsoluteError + 1e-12);
      }),
    );
  });
});
