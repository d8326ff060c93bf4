import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequestError } from '../../src/errors.js';
import { DEFAULT_WEIGHTS, checkConstraints, normalizePreferences } from '../../src/router/preferences.js';
import type { Preferences } from '../../src/types.js';

const fieldOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.field;
    throw error;
  }
  return 'nothing was thrown';
};

describe('normalizePreferences', () => {
  it('gives shares of the sum, 0 to what is absent', () => {
    expect(normalizePreferences({ cost: 3, quality: 1 })).toEqual({ cost: 0.75, quality: 0.25, speed: 0 });
  });

  it('falls back to the default where nothing matters', () => {
    expect(normalizePreferences()).toBe(DEFAULT_WEIGHTS);
    expect(normalizePreferences({})).toBe(DEFAULT_WEIGHTS);
    expect(normalizePreferences({ cost: 0, quality: 0, speed: 0 })).toBe(DEFAULT_WEIGHTS);
  });

  it('sums to 1 whatever the scale', () => {
    const weight = fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true });
    fc.assert(
      fc.property(weight, weight, weight, (cost, quality, speed) => {
        const weights = normalizePreferences({ cost, quality, speed });
        expect(weights.cost + weights.quality + weights.speed).toBeCloseTo(1, 9);
      }),
    );
  });

  it.each(['cost', 'quality', 'speed'])('refuses a %s that is no weight, by name', (key) => {
    for (const weight of [Number.NaN, -1, Infinity, '0.5', null]) {
      expect(fieldOf(() => normalizePreferences({ [key]: weight }))).toBe(`preferences.${key}`);
    }
  });

  it('refuses a weight it does not know', () => {
    expect(fieldOf(() => normalizePreferences({ price: 1 } as Preferences))).toBe('preferences.price');
  });
});

describe('checkConstraints', () => {
  it('accepts limits above 0', () => {
    expect(() => {
      checkConstraints({
        maxCostPerToken: 0.01,
        maxCostUsd: 1,
        maxTimeMs: 1,
        minContextWindow: 1,
        models: [],
      });
    }).not.toThrow();
  });

  it.each<[string, object]>([
    ['constraints.maxCostUsd', { maxCostUsd: Number.NaN }],
    ['constraints.maxTimeMs', { maxTimeMs: -5 }],
    ['constraints.minContextWindow', { minContextWindow: 0 }],
    ['constraints.models', { models: 'gpt-4' }],
    ['constraints.max_cost_per_token', { max_cost_per_token: 0.01 }],
  ])('refuses %s', (field, constraints) => {
    expect(
      fieldOf(() => {
        checkConstraints(constraints);
      }),
    ).toBe(field);
  });
});
