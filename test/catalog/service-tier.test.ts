import { describe, expect, it } from 'vitest';
import { dearestCostUsd, pricesAt } from '../../src/catalog/cost.js';
import { pricesInTier, serviceTierOf } from '../../src/catalog/service-tier.js';
import type { ModelPrices } from '../../src/types.js';

const PRICES: ModelPrices = {
  input: 2,
  output: 10,
  tiers: [
    { input: 4, output: 15, aboveInputTokens: 1000 },
    { input: 1, output: 5, serviceTier: 'flex' },
    { input: 2, output: 7.5, aboveInputTokens: 1000, serviceTier: 'flex' },
    { input: 9, output: 9, aboveInputTokens: 1000, serviceTier: 'batch' },
  ],
};

describe('serviceTierOf', () => {
  it('reads what the answer says, or its usage', () => {
    expect(serviceTierOf({ service_tier: 'flex' })).toBe('flex');
    expect(serviceTierOf({ usage: { service_tier: 'priority' } })).toBe('priority');
    for (const said of [undefined, null, '', 7])
      expect(serviceTierOf({ service_tier: said, usage: null })).toBeNull();
  });
});

describe('pricesInTier', () => {
  it.each([null, 'default', 'auto', 'standard', 'on_demand'])('%s is the standard tier', (tier) => {
    expect(pricesInTier(PRICES, tier)).toBe(PRICES);
  });

  it('takes the entries of the tier for its base and its steps', () => {
    const flex = pricesInTier(PRICES, 'flex')!;
    expect(pricesAt(flex, 1000, null)).toMatchObject({ input: 1, output: 5 });
    expect(pricesAt(flex, 1001, null)).toMatchObject({ input: 2, output: 7.5 });
  });

  it('takes the last entry that always holds for its base, and nothing before it', () => {
    const [standard, base, above] = PRICES.tiers ?? [];
    const tiers = [above, standard, base].filter((tier) => tier !== undefined);
    expect(pricesInTier({ ...PRICES, tiers }, 'flex')).toEqual({ input: 1, output: 5, tiers: [] });
  });

  it('is unknown where nobody states it, or not for every request', () => {
    expect(pricesInTier(PRICES, 'priority')).toBeNull();
    expect(pricesInTier(PRICES, 'batch')).toBeNull();
    expect(pricesInTier(null, 'flex')).toBeNull();
  });

  it('is nothing where everything is free', () => {
    expect(pricesInTier({ input: 0, output: 0 }, 'priority')).toEqual({ input: 0, output: 0 });
  });
});

describe('the standard tier', () => {
  it('is never priced as another', () => {
    expect([10, 5000].map((tokens) => pricesAt(PRICES, tokens, 0).input)).toEqual([2, 4]);
    const dear: ModelPrices = { ...PRICES, tiers: [{ input: 99, output: 99, serviceTier: 'priority' }] };
    expect(pricesAt(dear, 10, 0).input).toBe(2);
    expect(dearestCostUsd(dear, { inputTokens: 1e6, outputTokens: 0 })).toBe(2);
  });
});
