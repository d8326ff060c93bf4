import { InvalidRequestError } from '../errors.js';
import type { Constraints, Preferences } from '../types.js';

/** What matters, as shares: they sum to 1. */
export type Weights = Required<Preferences>;

export const DEFAULT_WEIGHTS: Weights = { cost: 0.4, quality: 0.4, speed: 0.2 };

const WEIGHTS = ['cost', 'quality', 'speed'] as const;
const LIMITS = ['maxCostPerToken', 'maxCostUsd', 'maxTimeMs', 'minContextWindow'] as const;
const CONSTRAINTS = [...LIMITS, 'models'] as const;

/**
 * Weights as shares of their sum. One that is absent counts 0; where all are 0 or absent, the default holds.
 * @throws {InvalidRequestError} naming `preferences.<weight>`.
 */
export function normalizePreferences(preferences: Preferences = {}): Weights {
  checkKeys(preferences, 'preferences', WEIGHTS);
  let largest = 0;
  for (const key of WEIGHTS) {
    const weight = preferences[key];
    if (weight === undefined) continue;
    if (typeof weight !== 'number' || !(weight >= 0) || weight === Infinity) {
      throw new InvalidRequestError(
        `preferences.${key}`,
        `preferences.${key} must be a finite number, 0 or more, got ${weight}. Weights are shares: { cost: 0.3, quality: 0.7 }.`,
      );
    }
    largest = Math.max(largest, weight);
  }
  if (largest === 0) return DEFAULT_WEIGHTS;
  // By the largest first: the sum of what is given may be no finite number.
  const { cost = 0, quality = 0, speed = 0 } = preferences;
  const sum = cost / largest + quality / largest + speed / largest;
  const share = (weight: number): number => weight / largest / sum;
  return { cost: share(cost), quality: share(quality), speed: share(speed) };
}

/** @throws {InvalidRequestError} naming `constraints.<limit>`. */
export function checkConstraints(constraints: Constraints): void {
  checkKeys(constraints, 'constraints', CONSTRAINTS);
  for (const key of LIMITS) {
    const limit = constraints[key];
    if (limit !== undefined && !(typeof limit === 'number' && limit > 0)) {
      throw new InvalidRequestError(
        `constraints.${key}`,
        `constraints.${key} must be a number above 0, got ${String(limit)}. Leave it out to set no limit.`,
      );
    }
  }
  if (constraints.models !== undefined && !Array.isArray(constraints.models)) {
    throw new InvalidRequestError('constraints.models', 'constraints.models must be a list of model names.');
  }
}

function checkKeys(given: object, field: string, known: readonly string[]): void {
  for (const key in given) {
    if (known.includes(key)) continue;
    throw new InvalidRequestError(
      `${field}.${key}`,
      `${field}.${key} is not known. Known here: ${known.join(', ')}.`,
    );
  }
}
