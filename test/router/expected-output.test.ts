import { describe, expect, it } from 'vitest';
import { expectedOutputTokens, outputCapOf } from '../../src/router/expected-output.js';
import type { ChatParameters } from '../../src/types.js';

describe('expectedOutputTokens', () => {
  it('averages over the tasks', () => {
    const essay = expectedOutputTokens([['writing', 1]], 50);
    const label = expectedOutputTokens([['classification', 1]], 50);
    const torn = expectedOutputTokens(
      [
        ['writing', 0.5],
        ['classification', 0.5],
      ],
      50,
    );
    expect(essay).toBeGreaterThan(label);
    expect(torn).toBeCloseTo((essay + label) / 2, 10);
  });

  it('grows with the input where the answer is as long, up to a bound', () => {
    expect(expectedOutputTokens([['translation', 1]], 1500)).toBe(1500);
    expect(expectedOutputTokens([['translation', 1]], 1e6)).toBe(4000);
    expect(expectedOutputTokens([['summarization', 1]], 1e6)).toBeLessThan(1000);
  });
});

describe('outputCapOf', () => {
  const older = (cap: number | null): ChatParameters => Object.fromEntries([['max_tokens', cap]]);

  it('reads either name, the current one first', () => {
    expect(outputCapOf({})).toBe(Infinity);
    expect(outputCapOf(older(10))).toBe(10);
    expect(outputCapOf({ ...older(10), max_completion_tokens: 20 })).toBe(20);
    expect(outputCapOf(older(null))).toBe(Infinity);
  });
});
