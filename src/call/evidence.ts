import { describeThrown } from '../errors.js';
import type { QualityEvidence, Router, RoutingResult } from '../router/router.js';
import type { DecisionRecord } from '../stores.js';
import type { Logger } from '../types.js';
import { type AskEvidence, isOwnSession } from './ask-evidence.js';
import type { CallParts } from './parts.js';

/** Of a call that just ended; `null` where its router does not explain itself. */
export function evidenceOfRouting(
  { callId, session }: { readonly callId: string; readonly session: string },
  { routingDecision, basis }: RoutingResult,
  model: string,
): AskEvidence | null {
  if (basis === undefined) return null;
  return {
    callId,
    model,
    segments: basis.segments ?? [],
    difficulty: routingDecision.difficulty,
    difficultyUncertainty: basis.difficultyUncertainty,
    ...whoseWord(session),
  };
}

/** Of a call that the journal holds. */
export function evidenceOfRecord(record: DecisionRecord, model: string): AskEvidence {
  const { callId, session, segments = [], difficulty, difficultyUncertainty } = record;
  return { callId, model, segments, difficulty, difficultyUncertainty, ...whoseWord(session) };
}

/** A session that the application did not name is the application itself. */
function whoseWord(session: string): { readonly session?: string } {
  return isOwnSession(session) ? {} : { session };
}

/** Tells the routers how good an answer was, and sees to it that it is not forgotten. */
export function teach(parts: CallParts, evidence: QualityEvidence): void {
  tellRouters(parts, (router) => router.recordEvidence?.(evidence));
  parts.routerMemory.learned();
}

/** Tells the router, and the one in its shadow. One that throws, or rejects, at what it is told fails nothing. */
export function tellRouters({ router, shadow, logger }: CallParts, tell: (router: Router) => unknown): void {
  tellRouter(logger, () => tell(router));
  const learner = shadow?.learner ?? null;
  if (learner !== null) tellRouter(logger, () => tell(learner));
}

function tellRouter(logger: Logger, tell: () => unknown): void {
  const failed = (error: unknown): void => {
    logger.warn('the router failed at an outcome', { error: describeThrown(error) });
  };
  try {
    const told = tell() as Partial<PromiseLike<unknown>> | undefined;
    if (typeof told?.then === 'function') void Promise.resolve(told).catch(failed);
  } catch (error) {
    failed(error);
  }
}
