import * as z from 'zod';
import { normalizePreferences } from '../router/preferences.js';
import type { Preferences } from '../types.js';
import { checkSettings } from './check-settings.js';
import { readJsonFile } from './read-json-file.js';

/** A policy that recorded decisions are scored again under. */
export interface ReplayPolicy {
  /** Weights as shares: they sum to 1. `null`: those that each decision was made with. */
  readonly preferences: Required<Preferences> | null;
  /** Only these are chosen; of one name, always that model. `null`: any candidate. */
  readonly models: readonly string[] | null;
  /** These are not chosen. */
  readonly excludedModels: readonly string[];
}

const weight = z.number().nonnegative().optional();
const modelName = z.string().min(1);

const policySchema = z
  .strictObject({
    preferences: z
      .strictObject({ cost: weight, quality: weight, speed: weight })
      .refine((weights) => Object.values(weights).some((given) => given > 0), 'expected a weight above 0')
      .optional(),
    models: z.array(modelName).min(1, 'expected at least one model, or no such field').optional(),
    excludedModels: z.array(modelName).optional(),
  })
  .refine(
    ({ models, excludedModels = [] }) => models?.every((name) => excludedModels.includes(name)) !== true,
    { path: ['excludedModels'], message: 'expected it to leave one of models' },
  );

/**
 * Reads the policy of a JSON file: `preferences` (weights), `models` (only these), `excludedModels` (not these), each
 * of them optional. Needs Node.
 * @throws {ConfigurationError} naming the file, the field and what was expected.
 */
export function loadReplayPolicy(path: string): ReplayPolicy {
  const { preferences, models, excludedModels } = checkSettings(policySchema, readJsonFile(path), {
    file: path,
  });
  return {
    preferences: preferences === undefined ? null : normalizePreferences(preferences),
    models: models ?? null,
    excludedModels: excludedModels ?? [],
  };
}
