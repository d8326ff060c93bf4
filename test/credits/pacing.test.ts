import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pacingMultiplier } from '../../src/credits/pacing.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });
const factorOf = (spent: number, demandLeft: number): number =>
  pacingMultiplier({ limit: 1, spent, demandLeft });

describe('pacingMultiplier', () => {
  it('is 1 as long as money lasts for the demand that is left', () => {
    expect(factorOf(0, 1)).toBe(1);
    expect(factorOf(0.4, 0.5)).toBe(1);
    fc.assert(
      fc.property(share, (passed) => {
        expect(factorOf(0.93 * passed * 0.999, 1 - passed)).toBe(1);
      }),
    );
  });

  it('rises smoothly as spending runs ahead', () => {
    const factors = [0.47, 0.5, 0.55, 0.6, 0.65].map((spent) => factorOf(spent, 0.5));
    expect(factors.map((factor) => Number(factor.toFixed(1)))).toEqual([1, 1.4, 2.2, 3.9, 7.6]);
  });

  it('is bounded, rises with what was spent and falls as demand passes', () => {
    fc.assert(
      fc.property(share, share, share, (spent, left, more) => {
        const factor = factorOf(spent, left);
        expect(factor).toBeGreaterThanOrEqual(1);
        expect(factor).toBeLessThanOrEqual(16);
        expect(factorOf(spent + more, left)).toBeGreaterThanOrEqual(left > 0 ? factor : 1);
        expect(factorOf(spent, left * more)).toBeLessThanOrEqual(factor);
      }),
    );
  });

  it('is the same for any unit', () => {
    fc.assert(
      fc.property(
        share,
        share,
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        (spent, demandLeft, limit) => {
          const scaled = pacingMultiplier({ limit, spent: spent * limit, demandLeft });
          expect(scaled).toBeCloseTo(factorOf(spent, demandLeft), 6);
        },
      ),
    );
  });

  it('settles in a closed loop, whatever the demand: it does not swing', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 8, noNaN: true }), (demand) => {
        // What is spent falls with the square root of the factor.
        let [spent, swings, before, direction] = [0, 0, 1, 0];
        for (let step = 0; step < 1000; step++) {
          const factor = factorOf(spent, 1 - step / 1000);
          const now = Math.sign(Number((factor - before).toFixed(6)));
          if (now !== 0 && now !== direction) swings++;
          if (now !== 0) direction = now;
          before = factor;
          spent += demand / 1000 / Math.sqrt(factor);
        }
        expect(swings).toBeLessThanOrEqual(3);
        if (demand < 1.8) expect(spent).toBeLessThanOrEqual(1 + 1e-9);
        if (demand > 1 && demand < 1.8) expect(spent).toBeGreaterThan(0.9);
      }),
    );
  });
});
