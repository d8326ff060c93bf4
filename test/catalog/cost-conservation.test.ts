/** What has to hold of the cost of any usage, however it is reported. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costUsd, pricesAt } from '../../src/catalog/cost.js';
import { normalizeUsage } from '../../src/catalog/usage.js';
import type { TokenPrices, TokenUsage } from '../../src/types.js';

const count = fc.nat(100_000);
/** In hundredths, so that sums are exact enough to compare. */
const rate = fc.nat(10_000).map((hundredths) => hundredths / 100);
const flatPrices: fc.Arbitrary<TokenPrices> = fc.record(
  { input: rate, output: rate, cached: rate, cacheWrite: rate, audioInput: rate, audioOutput: rate },
  { requiredKeys: ['input', 'output'] },
);

/** A request as it was: every token of one kind. */
const kinds = fc.record({
  plain: count,
  cached: count,
  written: count,
  heard: count,
  said: count,
  thought: count,
  spoken: count,
});
type Kinds = typeof kinds extends fc.Arbitrary<infer Value> ? Value : never;

/** What each kind of token costs, added up without the formula under test. */
function trueCost(prices: TokenPrices, tokens: Kinds): number {
  const parts = [
    tokens.plain * prices.input,
    tokens.cached * (prices.cached ?? prices.input),
    tokens.written * (prices.cacheWrite ?? prices.input),
    tokens.heard * (prices.audioInput ?? prices.input),
    (tokens.said + tokens.thought) * prices.output,
    tokens.spoken * (prices.audioOutput ?? prices.output),
  ];
  return parts.reduce((sum, part) => sum + part, 0) / 1e6;
}

const inputOf = ({ plain, cached, written, heard }: Kinds): number => plain + cached + written + heard;
const outputOf = ({ said, thought, spoken }: Kinds): number => said + thought + spoken;

/** The same request as services of different habits report it. */
const REPORTS: Readonly<Record<string, (tokens: Kinds) => object>> = {
  openai: (tokens) => ({
    prompt_tokens: inputOf(tokens),
    completion_tokens: outputOf(tokens),
    total_tokens: inputOf(tokens) + outputOf(tokens),
    prompt_tokens_details: {
      cached_tokens: tokens.cached,
      cache_write_tokens: tokens.written,
      audio_tokens: tokens.heard,
    },
    completion_tokens_details: { reasoning_tokens: tokens.thought, audio_tokens: tokens.spoken },
  }),
  'openai without a total': (tokens) => ({ ...REPORTS['openai']?.(tokens), total_tokens: null }),
  anthropic: (tokens) => ({
    input_tokens: tokens.plain + tokens.heard,
    output_tokens: outputOf(tokens),
    cache_read_input_tokens: tokens.cached,
    cache_creation_input_tokens: tokens.written,
    prompt_tokens_details: { audio_tokens: tokens.heard },
    completion_tokens_details: { reasoning_tokens: tokens.thought, audio_tokens: tokens.spoken },
  }),
  'xai, reasoning outside of the output': (tokens) => ({
    ...REPORTS['openai']?.(tokens),
    completion_tokens: outputOf(tokens) - tokens.thought,
  }),
};

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * Math.max(1e-6, a, b);

describe('the cost of a usage', () => {
  it.each(Object.entries(REPORTS))('is that of its tokens, each once, as reported by %s', (_name, report) => {
    fc.assert(
      fc.property(flatPrices, kinds, (prices, tokens) => {
        const reported = normalizeUsage(report(tokens))!;
        expect(reported.usage).toMatchObject({
          inputTokens: inputOf(tokens),
          outputTokens: outputOf(tokens),
          reasoningTokens: tokens.thought,
        });
        expect(reported.mismatches).toEqual([]);
        const cost = costUsd(prices, reported.usage, null)!;
        expect(isClose(cost, trueCost(prices, tokens))).toBe(true);
      }),
    );
  });
});

const value = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1000) },
  fc.double(),
  fc.constantFrom<unknown>(null, undefined, '12', 'x', -1, 1e15, [], {}, true),
);
const detailed = fc.oneof(
  fc.record(
    { cached_tokens: value, cache_write_tokens: value, audio_tokens: value, reasoning_tokens: value },
    { requiredKeys: [] },
  ),
  value,
);
/** Whatever may stand in a usage, in contradiction to itself more often than not. */
const anyReport = fc.record(
  {
    prompt_tokens: value,
    completion_tokens: value,
    total_tokens: value,
    input_tokens: value,
    output_tokens: value,
    prompt_tokens_details: detailed,
    completion_tokens_details: detailed,
    cache_read_input_tokens: value,
    cache_creation_input_tokens: value,
    prompt_cache_hit_tokens: value,
    prompt_cache_miss_tokens: value,
    reasoning_tokens: value,
    cost: value,
    compute_points_used: value,
  },
  { requiredKeys: [] },
);

const inParts = (usage: TokenUsage): readonly Partial<TokenUsage>[] => {
  const input = usage.cachedInputTokens + usage.cacheWriteTokens + usage.audioInputTokens;
  return [
    { inputTokens: usage.inputTokens - input },
    { inputTokens: usage.cachedInputTokens, cachedInputTokens: usage.cachedInputTokens },
    { inputTokens: usage.cacheWriteTokens, cacheWriteTokens: usage.cacheWriteTokens },
    { inputTokens: usage.audioInputTokens, audioInputTokens: usage.audioInputTokens },
    { outputTokens: usage.outputTokens - usage.audioOutputTokens },
    { outputTokens: usage.audioOutputTokens, audioOutputTokens: usage.audioOutputTokens },
  ];
};

const NONE: TokenUsage = {
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  estimated: false,
};

describe('whatever is reported', () => {
  const anyUsage = anyReport.map(normalizeUsage).filter((reported) => reported !== null);
  const of = (prices: TokenPrices, usage: TokenUsage): number => costUsd(prices, usage, null)!;

  it('its details are parts of their totals, its cost the sum of its parts and 0 or more', () => {
    fc.assert(
      fc.property(flatPrices, anyUsage, (prices, { usage, charged }) => {
        const { inputTokens, outputTokens, totalTokens } = usage;
        expect(totalTokens).toBe(inputTokens + outputTokens);
        const parts = inParts(usage);
        for (const part of parts)
          for (const tokens of Object.values(part)) expect(Number(tokens)).toBeGreaterThanOrEqual(0);
        expect(usage.reasoningTokens).toBeLessThanOrEqual(outputTokens);
        const cost = of(prices, usage);
        expect(cost).toBeGreaterThanOrEqual(0);
        expect(
          isClose(
            cost,
            parts.reduce((sum, part) => sum + of(prices, { ...NONE, ...part }), 0),
          ),
        ).toBe(true);
        if (charged !== null) expect(charged.amount).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('never costs less for more tokens, nor more for cached ones, and nothing more for reasoning', () => {
    fc.assert(
      fc.property(flatPrices, anyUsage, count, (prices, { usage }, more) => {
        const cost = of(prices, usage);
        const longer = { ...usage, inputTokens: usage.inputTokens + more };
        expect(of(prices, longer)).toBeGreaterThanOrEqual(cost);
        expect(of(prices, { ...usage, outputTokens: usage.outputTokens + more })).toBeGreaterThanOrEqual(
          cost,
        );
        expect(of(prices, { ...usage, reasoningTokens: 0 })).toBe(cost);
        const cheaperCached = { ...prices, cached: Math.min(prices.cached ?? 0, prices.input) };
        const uncached = of(cheaperCached, { ...usage, cachedInputTokens: 0 });
        expect(of(cheaperCached, usage)).toBeLessThanOrEqual(uncached * (1 + 1e-12));
      }),
    );
  });

  it('tells of a contradiction exactly where figures had to be changed', () => {
    fc.assert(
      fc.property(anyUsage, ({ usage, mismatches }) => {
        for (const { field, reported, counted } of mismatches) {
          expect(counted).toBe(field === 'totalTokens' ? usage.totalTokens : usage[field]);
          expect(reported).not.toBe(counted);
        }
      }),
    );
  });

  it('is priced by one tier as a whole', () => {
    const tiers = [{ input: 4, output: 15, aboveInputTokens: 500 }];
    fc.assert(
      fc.property(anyUsage, ({ usage }) => {
        const prices = { input: 2, output: 10, tiers };
        expect(costUsd(prices, usage, 0)).toBe(costUsd(pricesAt(prices, usage.inputTokens, 0), usage, 0));
      }),
    );
  });
});
