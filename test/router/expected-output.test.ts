import { describe, expect, it } from 'vitest';
import {
  expectedOutputTokens,
  forecastOutput,
  longestOutputTokens,
  outputCapOf,
} from '../../src/router/expected-output.js';
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

describe('longestOutputTokens', () => {
  it('is that of the longest task it may be, and of the whole input where the answer is as long', () => {
    expect(
      longestOutputTokens(
        [
          ['writing', 0.1],
          ['classification', 0.9],
        ],
        50,
      ),
    ).toBe(expectedOutputTokens([['writing', 1]], 50));
    expect(longestOutputTokens([['translation', 1]], 90_000)).toBe(90_000);
  });
});

describe('forecastOutput', () => {
  const classification = { taskType: 'writing', confidence: 1, distribution: { writing: 1 } } as const;
  const forecast = (ask: string): ReturnType<typeof forecastOutput> =>
    forecastOutput({ classification, tasks: [['writing', 1]] }, ask, 20);

  it('expects about the length that the ask states', () => {
    expect(forecast('An essay on tides.')).toMatchObject({ statedTokens: 0, taskType: 'writing' });
    const long = forecast('An essay of 5000 words on tides.');
    expect(long.statedTokens).toBe(15_000);
    expect(long.expectedTokens).toBe(7500);
  });

  it('expects no less of a short one', () => {
    expect(forecast('An essay of 50 words.').expectedTokens).toBe(forecast('An essay.').expectedTokens);
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
