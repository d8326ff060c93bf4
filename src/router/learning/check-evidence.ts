import { InvalidRequestError } from '../../errors.js';
import { TaskType } from '../../types.js';
import type { QualityEvidence } from '../router.js';
import { tasksOf } from './segments.js';

const TASKS: ReadonlySet<string> = new Set(Object.values(TaskType));
const SHARES = ['quality', 'difficulty', 'weight'] as const;

/** @throws {InvalidRequestError} naming the field that makes no sense. */
export function checkEvidence(evidence: QualityEvidence): void {
  for (const field of SHARES) {
    const value = evidence[field];
    if (!(typeof value === 'number' && value >= 0 && value <= 1)) {
      throw new InvalidRequestError(field, `${field} must be a number from 0 to 1, got ${String(value)}.`);
    }
  }
  const { difficultyUncertainty: uncertainty, segments, model } = evidence;
  if (!(typeof uncertainty === 'number' && uncertainty >= 0 && uncertainty < Infinity)) {
    const text = `difficultyUncertainty must be a number of at least 0, got ${String(uncertainty)}.`;
    throw new InvalidRequestError('difficultyUncertainty', text);
  }
  if (typeof model !== 'string' || model === '') {
    throw new InvalidRequestError('model', 'model must be the name of the model that answered.');
  }
  const isUsable = segments.every(({ key, share }) => typeof key === 'string' && share >= 0 && share <= 1);
  if (!isUsable) {
    throw new InvalidRequestError('segments', 'segments must have a key and a share from 0 to 1 each.');
  }
  const unknown = tasksOf(segments).find(([task]) => !TASKS.has(task));
  if (unknown !== undefined) {
    const text = `segments must name known tasks: ${unknown[0]} is none of ${[...TASKS].join(', ')}.`;
    throw new InvalidRequestError('segments', text);
  }
}
