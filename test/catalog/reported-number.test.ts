import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportedAmount, reportedCount } from '../../src/catalog/reported-number.js';

const NONE = [null, undefined, true, {}, [], [1], '', ' ', 'free', '-1', 'NaN', 'Infinity', '1e400', '9e99'];

describe('reportedCount', () => {
  it('is a whole number, 0 or more, that a request can have', () => {
    expect([0, 1, 1e9].map(reportedCount)).toEqual([0, 1, 1e9]);
    for (const value of [...NONE, '5', -1, -0.5, 0.5, NaN, Infinity, 1e9 + 1, 1e300])
      expect(reportedCount(value)).toBeNull();
  });
});

describe('reportedAmount', () => {
  it('is a finite amount, 0 or more, also as a text', () => {
    expect([0, 0.0125, '0.5', ' 95.50 ', '1e-7', '2.5E-7', '.5', '7.', '+1'].map(reportedAmount)).toEqual([
      0, 0.0125, 0.5, 95.5, 1e-7, 2.5e-7, 0.5, 7, 1,
    ]);
    for (const value of [...NONE, -1, NaN, Infinity, 1e300, '0x10', '0b1', '1_000', '1,5', '$5', '1 2', '1n'])
      expect(reportedAmount(value)).toBeNull();
    expect(reportedAmount('0'.repeat(50))).toBeNull();
  });

  it('is never anything but null or a number that can be booked', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.string(), fc.anything()), (value) => {
        for (const figure of [reportedCount(value), reportedAmount(value)]) {
          if (figure === null) continue;
          expect(figure).toBeGreaterThanOrEqual(0);
          expect(figure).toBeLessThanOrEqual(1e9);
        }
      }),
    );
  });
});
