import { InvalidRequestError } from '../errors.js';
import type { Router } from '../router/router.js';
import type { AttemptRow, DecisionRecord } from '../stores.js';
import type { TaskType } from '../types.js';
import { evidenceOfRecord, teach, tellRouters } from './evidence.js';
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
export async function recordFeedback(parts: CallParts, callId: string, feedback: Feedback): Promise<void> {
  const quality: unknown = (feedback as Feedback | null)?.quality;
  if (typeof quality !== 'number' || !(quality >= 0 && quality <= 1)) {
    throw new InvalidRequestError('quality', `quality must be a number from 0 to 1, got ${String(quality)}.`);
  }
  const answered = await readAnswered(parts, callId);
  if (answered === null) {
    throw new InvalidRequestError(
      'callId',
      `callId ${callId} is not in the journal: give the callId of a call that a model answered, not the cache.`,
    );
  }
  const at = parts.clock.now();
  await parts.journal.append({ kind: 'outcome', record: { callId, at, quality, source: 'feedback' } });
  const { model, decision, latencyMs } = answered;
  if (decision === null || !parts.options.routing.learning) return;
  await parts.routerMemory.ready();
  const evidence = { ...evidenceOfRecord(decision, model), quality, weight: 1, source: 'feedback' } as const;
  const { taskType } = decision;
  teach(parts, evidence);
  tellRouters(parts, (router) =>
    router.recordEvidence === undefined ? rate(router, { model, taskType, quality, latencyMs }) : undefined,
  );
}

/** Of a router that takes no evidence. What it returns may be a promise that rejects. */
function rate(
  router: Router,
  rated: Pick<Answered, 'model' | 'latencyMs'> & { readonly taskType: TaskType; readonly quality: number },
): unknown {
  const { model, taskType, quality, latencyMs } = rated;
  const tell: () => unknown =
    router.recordQuality === undefined
      ? () => router.recordRequestOutcome?.(model, taskType, true, latencyMs / 1000, quality)
      : () => router.recordQuality?.(model, taskType, quality);
  return tell();
}

interface Answered {
  readonly model: string;
  /** `null` where the caller named the model: nothing was decided. */
  readonly decision: DecisionRecord | null;
  readonly latencyMs: number;
}

async function readAnswered({ journal }: CallParts, callId: unknown): Promise<Answered | null> {
  if (typeof callId !== 'string') return null;
  let decision: DecisionRecord | null = null;
  let served: AttemptRow | null = null;
  for await (const { kind, record } of journal.read({ callId })) {
    if (kind === 'decision') decision = record;
    if (kind === 'attempt' && record.outcome === 'success') served = record;
  }
  return served === null ? null : { model: served.model, decision, latencyMs: served.latencyMs };
}
