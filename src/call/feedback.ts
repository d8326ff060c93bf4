import { InvalidRequestError } from '../errors.js';
import type { TaskType } from '../types.js';
import type { CallParts } from './parts.js';

/** What the caller says of an answer. */
export interface Feedback {
  /** 0 (useless) to 1 (as good as can be). */
  readonly quality: number;
}

/**
 * Records what the caller says of an answer and tells the router.
 * @throws {InvalidRequestError} for a quality out of range, or a call that the journal does not hold.
 */
export async function recordFeedback(parts: CallParts, callId: string, { quality }: Feedback): Promise<void> {
  if (!(quality >= 0 && quality <= 1)) {
    throw new InvalidRequestError('quality', `quality must be a number from 0 to 1, got ${quality}.`);
  }
  let servedModel: string | null = null;
  let taskType: TaskType | null = null;
  for await (const { kind, record } of parts.journal.read({ callId })) {
    if (kind === 'decision') taskType = record.taskType;
    if (kind === 'attempt' && record.outcome === 'success') servedModel = record.model;
  }
  if (servedModel === null) {
    throw new InvalidRequestError(
      'callId',
      `callId ${callId} is not in the journal: give the callId of an answered call.`,
    );
  }
  const at = parts.clock.now();
  await parts.journal.append({ kind: 'outcome', record: { callId, at, quality, source: 'feedback' } });
  if (taskType !== null) parts.router.recordQuality?.(servedModel, taskType, quality);
}
