import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SESSION_WEIGHT_PER_HOUR, SessionAllowance } from '../../../src/router/learning/session-allowance.js';

describe('SessionAllowance', () => {
  it('grants no session more than its weight in any hour', () => {
    const reports = fc.array(
      fc.record({
        gapMs: fc.integer({ min: 0, max: 1_200_000 }),
        weight: fc.double({ min: 0.02, max: 1, noNaN: true }),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(reports, (given) => {
        const allowance = new SessionAllowance();
        const granted: { at: number; weight: number }[] = [];
        let at = 0;
        for (const { gapMs, weight } of given) {
          at += gapMs;
          granted.push({ at, weight: allowance.take('s', weight, at) });
        }
        for (const { at: from } of granted) {
          const inHour = granted.filter((one) => one.at >= from && one.at < from + 3_600_000);
          const sum = inHour.reduce((total, { weight }) => total + weight, 0);
          expect(sum).toBeLessThanOrEqual(SESSION_WEIGHT_PER_HOUR + 1e-9);
        }
      }),
    );
  });

  it('grants what is left, and again an hour later', () => {
    const allowance = new SessionAllowance();
    for (let time = 0; time < 2; time++) allowance.take('s', 1, 0);
    expect(allowance.take('s', 0.6, 0)).toBe(0.6);
    expect(allowance.take('s', 1, 1)).toBeCloseTo(0.4);
    expect(allowance.take('s', 1, 2)).toBe(0);
    expect(allowance.take('other', 1, 2)).toBe(1);
    expect(allowance.take('s', 1, 3_600_000)).toBe(1);
  });
});
