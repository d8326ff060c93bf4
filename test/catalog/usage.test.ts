import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeUsage, usageOfChunk } from '../../src/catalog/usage.js';

describe('normalizeUsage', () => {
  it('reads the shape of OpenAI with every detail', () => {
    const reported = normalizeUsage({
      prompt_tokens: 100,
      completion_tokens: 40,
      total_tokens: 140,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10, audio_tokens: 5 },
      completion_tokens_details: {
        reasoning_tokens: 30,
        audio_tokens: 4,
        accepted_prediction_tokens: 1,
        rejected_prediction_tokens: 2,
      },
    });
    expect(reported).toEqual({
      usage: {
        inputTokens: 100,
        outputTokens: 40,
        totalTokens: 140,
        cachedInputTokens: 60,
        cacheWriteTokens: 10,
        audioInputTokens: 5,
        reasoningTokens: 30,
        audioOutputTokens: 4,
        estimated: false,
      },
      charged: null,
      mismatches: [],
    });
  });

  it("adds Anthropic's cached tokens to its input", () => {
    const reported = normalizeUsage({
      input_tokens: 10,
      output_tokens: 5,
      cache_read_input_tokens: 80,
      cache_creation_input_tokens: 20,
    });
    expect(reported?.usage).toMatchObject({
      inputTokens: 110,
      outputTokens: 5,
      totalTokens: 115,
      cachedInputTokens: 80,
      cacheWriteTokens: 20,
    });
  });

  it('does not add them where prompt_tokens already holds them, nor in the responses shape', () => {
    expect(
      normalizeUsage({ prompt_tokens: 110, completion_tokens: 5, cache_read_input_tokens: 80 })?.usage,
    ).toMatchObject({ inputTokens: 110, cachedInputTokens: 80 });
    expect(
      normalizeUsage({ input_tokens: 110, output_tokens: 5, input_tokens_details: { cached_tokens: 80 } })
        ?.usage,
    ).toMatchObject({ inputTokens: 110, cachedInputTokens: 80 });
  });

  it('reads what DeepSeek and Abacus call it', () => {
    const deepseek = normalizeUsage({
      prompt_tokens: 100,
      completion_tokens: 10,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
    });
    expect(deepseek?.usage.cachedInputTokens).toBe(64);
    const abacus = normalizeUsage({
      prompt_tokens: 10,
      completion_tokens: 20,
      reasoning_tokens: 7,
      compute_points_used: '250',
    });
    expect(abacus).toMatchObject({
      usage: { reasoningTokens: 7 },
      charged: { amount: 2.5, unit: 'credits' },
    });
  });

  it('reads what OpenRouter charged, in USD', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    expect(normalizeUsage({ ...usage, cost: 0.0125 })?.charged).toEqual({ amount: 0.0125, unit: 'usd' });
    expect(normalizeUsage({ ...usage, cost: ' 0.5 ' })?.charged).toEqual({ amount: 0.5, unit: 'usd' });
    expect(normalizeUsage({ ...usage, cost: 0 })?.charged).toEqual({ amount: 0, unit: 'usd' });
    for (const cost of ['', 'free', -1, NaN, {}, null, '9'.repeat(50)]) {
      expect(normalizeUsage({ ...usage, cost })?.charged).toBeNull();
    }
  });

  it('keeps an explicit 0 and takes nothing for unknown', () => {
    expect(normalizeUsage({ prompt_tokens: 0, completion_tokens: 0 })?.usage.totalTokens).toBe(0);
    for (const raw of [null, undefined, 'none', 7, [], {}, { prompt_tokens: 5 }, { total_tokens: 5 }]) {
      expect(normalizeUsage(raw)).toBeNull();
    }
    expect(normalizeUsage({ prompt_tokens: -1, completion_tokens: 3 })).toBeNull();
    expect(normalizeUsage({ prompt_tokens: NaN, completion_tokens: 3 })).toBeNull();
  });

  it('completes a missing side from the total', () => {
    expect(normalizeUsage({ prompt_tokens: 5, total_tokens: 8 })?.usage.outputTokens).toBe(3);
    expect(normalizeUsage({ completion_tokens: 5, total_tokens: 8 })?.usage.inputTokens).toBe(3);
    expect(normalizeUsage({ prompt_tokens: 9, total_tokens: 8 })).toBeNull();
  });

  it('keeps details within their totals, whatever comes', () => {
    const value = fc.oneof(fc.nat(100), fc.double(), fc.constant(null), fc.string(), fc.object());
    const details = fc.oneof(value, fc.dictionary(fc.constantFrom('cached_tokens', 'audio_tokens'), value));
    fc.assert(
      fc.property(
        fc.record({
          prompt_tokens: value,
          completion_tokens: value,
          prompt_tokens_details: details,
          completion_tokens_details: details,
          cache_creation_input_tokens: value,
          cost: value,
        }),
        (raw) => {
          const usage = normalizeUsage(raw)?.usage;
          if (usage === undefined) return;
          const input = usage.cachedInputTokens + usage.cacheWriteTokens + usage.audioInputTokens;
          expect(input).toBeLessThanOrEqual(usage.inputTokens * (1 + 1e-12));
          expect(usage.audioOutputTokens).toBeLessThanOrEqual(usage.outputTokens);
          for (const figure of Object.values(usage)) expect(Number(figure)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe('usageOfChunk', () => {
  it('finds the usage of a chunk on either place', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2 };
    expect(usageOfChunk({ usage })).toBe(usage);
    expect(usageOfChunk({ usage: null, x_groq: { id: 'x', usage } })).toBe(usage);
    expect(usageOfChunk({ x_groq: { id: 'x' } })).toBeUndefined();
    expect(usageOfChunk(null)).toBeUndefined();
  });
});
