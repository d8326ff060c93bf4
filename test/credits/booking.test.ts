import { describe, expect, it } from 'vitest';
import { boundIn, costIn, knownCost } from '../../src/credits/booking.js';
import type { Charge } from '../../src/types.js';

const credits = (amount: number): Charge => ({ amount, unit: 'credits' });
const usd = (amount: number): Charge => ({ amount, unit: 'usd' });

describe('boundIn', () => {
  it('converts only where a rate is given', () => {
    expect(boundIn('usd', 0.5, null)).toBe(0.5);
    expect(boundIn('credits', 0.5, 1000)).toBe(500);
    expect(boundIn('credits', 0.5, null)).toBeNull();
    expect(boundIn('usd', null, 1000)).toBeNull();
    expect(boundIn('credits', null, 1000)).toBeNull();
  });

  it('knows that nothing is nothing in any unit', () => {
    expect(boundIn('credits', 0, null)).toBe(0);
  });
});

describe('costIn', () => {
  it('takes USD as computed or as charged, whichever is more', () => {
    expect(costIn('usd', { costUsd: 0.2, charged: usd(0.3) }, null)).toBe(0.3);
    expect(costIn('usd', { costUsd: 0.4, charged: usd(0.3) }, null)).toBe(0.4);
    expect(costIn('usd', { costUsd: null, charged: usd(0.3) }, null)).toBe(0.3);
    expect(costIn('usd', { costUsd: null, charged: credits(3) }, null)).toBeNull();
  });

  it('counts what was charged in credits in USD where a rate is given, and never hides it behind a price that is wrong', () => {
    expect(costIn('usd', { costUsd: null, charged: credits(3) }, 1000)).toBe(0.003);
    expect(costIn('usd', { costUsd: 0, charged: credits(3) }, 1000)).toBe(0.003);
    expect(costIn('usd', { costUsd: 0.2, charged: credits(3) }, 1000)).toBe(0.2);
    expect(costIn('usd', { costUsd: 0.001, charged: credits(3) }, null)).toBe(0.001);
  });

  it('takes credits as charged, else converted by a given rate', () => {
    expect(costIn('credits', { costUsd: 0.2, charged: credits(3) }, 1000)).toBe(3);
    expect(costIn('credits', { costUsd: 0.2, charged: null }, 1000)).toBe(200);
    expect(costIn('credits', { costUsd: null, charged: usd(0.3) }, 1000)).toBe(300);
    expect(costIn('credits', { costUsd: 0.2, charged: usd(0.3) }, null)).toBeNull();
  });
});

describe('knownCost', () => {
  it.each([NaN, -1, Infinity])('takes %d for unknown', (amount) => {
    expect(knownCost({ costUsd: amount, charged: credits(amount) })).toEqual({
      costUsd: null,
      charged: null,
    });
  });

  it('keeps an explicit 0', () => {
    const cost = { costUsd: 0, charged: credits(0) };
    expect(knownCost(cost)).toEqual(cost);
  });
});
