import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chargeDeviation } from '../../src/catalog/charge.js';
import type { Charge } from '../../src/types.js';

const usd = (amount: number): Charge => ({ amount, unit: 'usd' });
const credits = (amount: number): Charge => ({ amount, unit: 'credits' });

describe('chargeDeviation', () => {
  it.each([
    [1, 1, null],
    [1, 1.02, null],
    [1, 1.03, 0.03 / 1.03],
    [1, 0.98, null],
    [1, 0.97, 0.03],
    [1, 0, 1],
    [0, 1, 1],
    [0, 0, null],
    [1e-9, 2e-9, 0.5],
  ])('of %s computed and %s charged, in USD, is %s', (computed, charged, share) => {
    const deviation = chargeDeviation(computed, usd(charged), undefined);
    if (share === null) expect(deviation).toBeNull();
    else expect(deviation?.share).toBeCloseTo(share, 12);
  });

  it('compares credits only where somebody says what they are worth', () => {
    expect(chargeDeviation(1, credits(500), undefined)).toBeNull();
    expect(chargeDeviation(1, credits(500), 100)).toEqual({ computedUsd: 1, chargedUsd: 5, share: 0.8 });
    expect(chargeDeviation(1, credits(100), 100)).toBeNull();
  });

  it('takes compute points for whole', () => {
    // 0.3 of a point, charged as one.
    expect(chargeDeviation(0.00003, credits(0.01), 100)).toBeNull();
    expect(chargeDeviation(0.00003, credits(0.02), 100)).not.toBeNull();
  });

  it('is unknown where one side is', () => {
    expect(chargeDeviation(null, usd(1), 100)).toBeNull();
    expect(chargeDeviation(1, null, 100)).toBeNull();
  });

  it('has a share from 2 % to 1, whatever is charged', () => {
    const amount = fc.double({ min: 0, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(amount, amount, (computed, charged) => {
        const deviation = chargeDeviation(computed, usd(charged), undefined);
        if (deviation === null) {
          expect(Math.abs(computed - charged)).toBeLessThanOrEqual(0.0201 * Math.max(computed, charged));
        } else {
          expect(deviation.share).toBeGreaterThan(0.02);
          expect(deviation.share).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
