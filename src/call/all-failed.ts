import { AllModelsFailedError, type RouteLLError } from '../errors.js';
import type { AttemptRow } from '../stores.js';

/** Where several models failed, one error that holds them all; else the last error itself. */
export function summarized(
  error: RouteLLError,
  errors: readonly RouteLLError[],
  rows: readonly AttemptRow[],
): RouteLLError {
  const models = new Set(rows.map((row) => row.model));
  if (models.size < 2 || !errors.includes(error)) return error;
  return new AllModelsFailedError(
    `All ${models.size} models of the plan failed (${[...models].join(', ')}). The last: ${error.message}`,
    errors,
  );
}
