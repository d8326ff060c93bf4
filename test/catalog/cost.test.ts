import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  affordableOutputTokens,
  costPerToken,
  costUsd,
  dearestCostUsd,
  pricesAt,
  pricesOf,
} from '../../src/catalog/cost.js';
import type { ModelPrices, TokenUsage } from '../../src/types.js';

const usageOf = (usage: Partial<TokenUsage>): TokenUsage => ({
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0),
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  estimated: false,
  ...usage,
});

const at = (instant: string): number => Date.parse(instant);
const NOW = at('2026-11-05T12:00:00Z');

const TIERED: ModelPrices = {
  input: 2,
  output: 10,
  tiers: [{ input: 4, output: 15, aboveInputTokens: 272_000 }],
};
const HOURLY: ModelPrices = {
  input: 0.2,
  output: 0.6,
  tiers: [
    {
      input: 0.4,
      output: 1.2,
      utcMinutes: [
        [60, 240],
        [360, 600],
      ],
    },
  ],
};
const DATED: ModelPrices = {
  input: 0.75,
  output: 3.75,
  tiers: [{ input: 1.5, output: 7.5, from: at('2027-01-01T00:00:00Z') }],
};

describe('pricesOf', () => {
  it('reads the short form, the long form, and neither', () => {
    expect(pricesOf({ costPerToken: 0.005 })).toEqual({ input: 5000, output: 5000 });
    expect(pricesOf({ prices: TIERED, costPerToken: 1 })).toBe(TIERED);
    expect(pricesOf({ prices: null })).toBeNull();
    expect(pricesOf({})).toBeNull();
  });

  it('bills nothing for an unlimited model', () => {
    expect(pricesOf({ unlimited: true, prices: TIERED })).toEqual({ input: 0, output: 0 });
  });
});

describe('pricesAt', () => {
  it('prices the whole request at the tier it reaches, from the token after the threshold on', () => {
    expect(pricesAt(TIERED, 272_000, NOW).input).toBe(2);
    expect(pricesAt(TIERED, 272_001, NOW).input).toBe(4);
  });

  it.each([
    ['2026-11-05T00:59:59Z', 0.2],
    ['2026-11-05T01:00:00Z', 0.4],
    ['2026-11-05T03:59:59Z', 0.4],
    ['2026-11-05T04:00:00Z', 0.2],
    ['2026-11-05T06:00:00Z', 0.4],
    ['2026-11-05T10:00:00Z', 0.2],
    ['1969-12-31T02:00:00Z', 0.4],
  ])('at %s the hourly price is %s', (instant, input) => {
    expect(pricesAt(HOURLY, 0, at(instant)).input).toBe(input);
  });

  it('changes at a date, and not a millisecond before', () => {
    expect(pricesAt(DATED, 0, at('2027-01-01T00:00:00Z') - 1).output).toBe(3.75);
    expect(pricesAt(DATED, 0, at('2027-01-01T00:00:00Z')).output).toBe(7.5);
    const until: ModelPrices = { ...DATED, tiers: [{ input: 1, output: 1, until: NOW }] };
    expect(pricesAt(until, 0, NOW - 1).input).toBe(1);
    expect(pricesAt(until, 0, NOW).input).toBe(0.75);
  });

  it('without an instant takes only what holds at all times', () => {
    expect(pricesAt(HOURLY, 0, null)).toBe(HOURLY);
    expect(pricesAt(DATED, 0, null)).toBe(DATED);
    expect(pricesAt(TIERED, 300_000, null).input).toBe(4);
  });

  it('lets the last matching entry win', () => {
    const prices: ModelPrices = {
      input: 1,
      output: 1,
      tiers: [
        { input: 2, output: 2, aboveInputTokens: 10 },
        { input: 3, output: 3, aboveInputTokens: 100 },
      ],
    };
    expect([5, 50, 500].map((tokens) => pricesAt(prices, tokens, NOW).input)).toEqual([1, 2, 3]);
  });
});

describe('costUsd', () => {
  it('takes every detail as a part of its total', () => {
    const prices: ModelPrices = {
      input: 10,
      output: 20,
      cached: 1,
      cacheWrite: 12,
      audioInput: 40,
      audioOutput: 80,
    };
    const usage = usageOf({
      inputTokens: 1000,
      cachedInputTokens: 600,
      cacheWriteTokens: 100,
      audioInputTokens: 50,
      outputTokens: 500,
      audioOutputTokens: 100,
      reasoningTokens: 300,
    });
    const expected = (250 * 10 + 600 * 1 + 100 * 12 + 50 * 40 + 400 * 20 + 100 * 80) / 1e6;
    expect(costUsd(prices, usage, NOW)).toBeCloseTo(expected, 12);
  });

  it('bills a detail without a rate as its total', () => {
    const usage = usageOf({ inputTokens: 100, cachedInputTokens: 90, outputTokens: 10 });
    expect(costUsd({ input: 1, output: 2 }, usage, NOW)).toBeCloseTo(120 / 1e6, 12);
  });

  it('never counts below zero, and knows when it does not know', () => {
    const broken = usageOf({ inputTokens: 10, cachedInputTokens: 50, outputTokens: -5 });
    expect(costUsd({ input: 100, output: 1, cached: 1 }, broken, NOW)).toBeCloseTo(50 / 1e6, 12);
    expect(costUsd(null, usageOf({ inputTokens: 10 }), NOW)).toBeNull();
    expect(costUsd(TIERED, usageOf({ inputTokens: NaN }), NOW)).toBeNull();
    expect(costUsd(TIERED, usageOf({}), NOW)).toBe(0);
  });
});

describe('costPerToken', () => {
  it('is (3·input + output) / 4e6, or the short form as it was given', () => {
    expect(costPerToken({ prices: { input: 2, output: 10 } })).toBe(4e-6);
    expect(costPerToken({ costPerToken: 0.1 + 0.2 })).toBe(0.1 + 0.2);
    expect(costPerToken({ prices: DATED }, at('2027-02-01T00:00:00Z'))).toBe(3e-6);
    expect(costPerToken({ prices: null })).toBeNull();
    expect(costPerToken({ unlimited: true })).toBe(0);
  });
});

const rate = fc.nat(10_000).map((cents) => cents / 100);
const rates = { input: rate, output: rate };
const details = { cached: rate, cacheWrite: rate, audioInput: rate, audioOutput: rate };
const condition = {
  aboveInputTokens: fc.nat(1000),
  utcMinutes: fc.constantFrom<[number, number][]>([[60, 240]], [[0, 1440]]),
  from: fc.constantFrom(NOW - 1, NOW + 1),
};
const arbitraryPrices: fc.Arbitrary<ModelPrices> = fc
  .record({
    base: fc.record({ ...rates, ...details }, { requiredKeys: ['input', 'output'] }),
    tiers: fc.array(
      fc.record({ ...rates, ...details, ...condition }, { requiredKeys: ['input', 'output'] }),
      { maxLength: 3 },
    ),
  })
  .map(({ base, tiers }) => ({ ...base, tiers }));

describe('dearestCostUsd', () => {
  it('is never passed by the cost of any usage within its tokens, at any hour', () => {
    fc.assert(
      fc.property(
        arbitraryPrices,
        fc.nat(2000),
        fc.nat(2000),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        fc.nat(86_400_000),
        (prices, inputTokens, outputTokens, [a, b, c, d, e, f], laterMs) => {
          const input = Math.floor(inputTokens * a!);
          const output = Math.floor(outputTokens * b!);
          const cached = Math.floor(input * c!);
          const written = Math.floor((input - cached) * d!);
          const usage = usageOf({
            inputTokens: input,
            outputTokens: output,
            cachedInputTokens: cached,
            cacheWriteTokens: written,
            audioInputTokens: Math.floor((input - cached - written) * e!),
            audioOutputTokens: Math.floor(output * f!),
          });
          const cost = costUsd(prices, usage, NOW + laterMs)!;
          expect(dearestCostUsd(prices, { inputTokens, outputTokens })).toBeGreaterThanOrEqual(cost - 1e-12);
          expect(dearestCostUsd(prices, { inputTokens, outputTokens, at: NOW })).toBeGreaterThanOrEqual(
            cost - 1e-12,
          );
        },
      ),
    );
  });

  it('leaves out tiers the request cannot reach and dates far from now', () => {
    expect(dearestCostUsd(TIERED, { inputTokens: 100, outputTokens: 100 })).toBeCloseTo(1200 / 1e6, 12);
    const request = { inputTokens: 0, outputTokens: 1e6 };
    expect(dearestCostUsd(DATED, request)).toBe(7.5);
    expect(dearestCostUsd(DATED, { ...request, at: NOW })).toBe(3.75);
    expect(dearestCostUsd(DATED, { ...request, at: at('2026-12-31T12:00:00Z') })).toBe(7.5);
  });
});

describe('affordableOutputTokens', () => {
  it('is the largest cap whose dearest cost is within the budget', () => {
    fc.assert(
      fc.property(
        arbitraryPrices,
        fc.nat(2000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (prices, inputTokens, budgetUsd) => {
          const cap = affordableOutputTokens(prices, { inputTokens, budgetUsd });
          const cost = (outputTokens: number): number =>
            dearestCostUsd(prices, { inputTokens, outputTokens });
          if (cap === Infinity) {
            expect(cost(1e9)).toBeLessThanOrEqual(budgetUsd);
          } else if (cap > 0) {
            expect(cost(cap)).toBeLessThanOrEqual(budgetUsd);
            expect(cost(cap + 2)).toBeGreaterThan(budgetUsd);
          } else {
            expect(cost(1)).toBeGreaterThan(budgetUsd * (1 - 1e-12));
          }
        },
      ),
    );
  });

  it('affords nothing where the input alone is too dear, or the budget is no number', () => {
    expect(affordableOutputTokens(TIERED, { inputTokens: 1000, budgetUsd: 0.0001 })).toBe(0);
    expect(affordableOutputTokens(TIERED, { inputTokens: 0, budgetUsd: NaN })).toBe(0);
    expect(affordableOutputTokens({ input: 0, output: 0 }, { inputTokens: 9, budgetUsd: 0 })).toBe(Infinity);
  });
});
