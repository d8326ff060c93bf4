import { describe, expect, it } from 'vitest';
import { StreamUsage } from '../../src/catalog/stream-usage.js';

function after(...usages: readonly unknown[]): StreamUsage {
  const stream = new StreamUsage();
  for (const usage of usages) stream.add({ choices: [], usage });
  return stream;
}

const small = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const large = { prompt_tokens: 10, completion_tokens: 9, total_tokens: 19 };

describe('StreamUsage', () => {
  it('takes the last that says something', () => {
    expect(after(small, large).reported?.usage.outputTokens).toBe(9);
    for (const empty of [null, undefined, {}, [], 'none', { prompt_tokens: 'x' }])
      expect(after(large, empty).reported?.usage.outputTokens).toBe(9);
    expect(after().reported).toBeNull();
    expect(after({ cost: 1 }).reported).toBeNull();
  });

  it('counts an explicit 0 that comes last, and tells of the fall', () => {
    const zero = { prompt_tokens: 0, completion_tokens: 0 };
    expect(after(large, zero).reported).toMatchObject({
      usage: { totalTokens: 0 },
      mismatches: [
        { field: 'inputTokens', problem: 'decreased', reported: 10, counted: 0 },
        { field: 'outputTokens', problem: 'decreased', reported: 9, counted: 0 },
      ],
    });
    // What fell and rose again has not fallen.
    expect(after(large, small, large).reported?.mismatches).toEqual([]);
  });

  it('puts together what comes in parts', () => {
    const start = { input_tokens: 3, cache_read_input_tokens: 7 };
    expect(after(start).reported).toBeNull();
    expect(after(start).raw).toBeNull();
    expect(after(start, { output_tokens: 4 }).reported).toMatchObject({
      usage: { inputTokens: 10, cachedInputTokens: 7, outputTokens: 4 },
      mismatches: [],
    });
    // Anthropic's last chunk says null of what it said at the start.
    const nothing = { input_tokens: null, cache_read_input_tokens: null, cache_creation_input_tokens: null };
    for (const first of [start, { ...start, output_tokens: 1 }])
      expect(after(first, { ...nothing, output_tokens: 400 }).reported).toMatchObject({
        usage: { inputTokens: 10, cachedInputTokens: 7, outputTokens: 400 },
        mismatches: [],
      });
    // The total of before says nothing of what came since.
    expect(after(small, { completion_tokens: 9 }).reported).toMatchObject({
      usage: { totalTokens: 19 },
      mismatches: [],
    });
  });

  it('keeps the last charge, wherever it stands', () => {
    expect(after({ ...small, cost: 0.5 }, large).charged).toEqual({ amount: 0.5, unit: 'usd' });
    expect(after(small, { compute_points_used: 12 }).reported?.charged).toEqual({
      amount: 0.12,
      unit: 'credits',
    });
    expect(after({ cost: 1 }, { cost: 0 }).charged).toEqual({ amount: 0, unit: 'usd' });
  });

  it('keeps a copy, and no prototype of the upstream’s making', () => {
    const usage = { ...small };
    const stream = after(usage);
    usage.completion_tokens = 99;
    expect(stream.raw).toEqual(small);
    const hostile = JSON.parse('{"output_tokens":4,"__proto__":{"input_tokens":1}}') as object;
    expect(after({ input_tokens: 3 }, hostile).reported?.usage.inputTokens).toBe(3);
    expect(({} as Record<string, unknown>)['input_tokens']).toBeUndefined();
  });
});
