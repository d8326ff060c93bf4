import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SESSION_LIMITS, SessionAllowance } from '../../../src/router/learning/session-allowance.js';

const HOUR_MS = 3_600_000;

describe('SessionAllowance', () => {
  it('allows no session more than its limits in any hour', () => {
    const reports = fc.array(
      fc.record({
        gapMs: fc.oneof(fc.integer({ min: 0, max: 1_200_000 }), fc.integer({ min: 0, max: 20_000 })),
        weight: fc.double({ min: 0.02, max: 1, noNaN: true }),
        shift: fc.double({ min: 0, max: 0.1, noNaN: true }),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(reports, (given) => {
        const allowance = new SessionAllowance();
        const spent: { at: number; weight: number; shift: number }[] = [];
        let at = 0;
        for (const { gapMs, weight, shift } of given) {
          at += gapMs;
          const left = allowance.left('s', at);
          if (left === null) continue;
          const spending = { weight: Math.min(weight, left.weight), shift: Math.min(shift, left.shift) };
          allowance.spend('s', spending, at);
          spent.push({ at, ...spending });
        }
        for (const { at: from } of spent) {
          const inHour = spent.filter((one) => one.at >= from && one.at < from + HOUR_MS);
          const sumOf = (key: 'weight' | 'shift'): number => inHour.reduce((sum, one) => sum + one[key], 0);
          expect(sumOf('weight')).toBeLessThanOrEqual(SESSION_LIMITS.weight + 1e-9);
          expect(sumOf('shift')).toBeLessThanOrEqual(SESSION_LIMITS.shift + 1e-9);
        }
      }),
    );
  });

  it('allows what is left, and all again an hour later', () => {
    const allowance = new SessionAllowance();
    for (let time = 0; time < 2; time++) allowance.spend('s', { weight: 1, shift: 0.03 }, 0);
    expect(allowance.left('s', 0)).toEqual({ weight: 1, shift: 0.09 });
    allowance.spend('s', { weight: 0.6, shift: 0.01 }, 0);
    expect(allowance.left('s', 1)?.weight).toBeCloseTo(0.4);
    allowance.spend('s', { weight: 0.4, shift: 0 }, 1);
    expect(allowance.left('s', 2)).toBeNull();
    expect(allowance.left('other', 2)).toEqual({ weight: 3, shift: 0.15 });
    expect(allowance.left('s', HOUR_MS + 1)).toEqual({ weight: 3, shift: 0.15 });
  });
});
