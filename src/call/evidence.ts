import { describeThrown } from '../errors.js';
import type { QualityEvidence, Router, RoutingResult } from '../router/router.js';
import type { DecisionRecord } from '../stores.js';
import type { Logger } from '../types.js';
import type { AskEvidence } from './ask-evidence.js';
import type { RecordedCall } from './decision-record.js';
import type { CallParts } from './parts.js';

/** Of a call that just ended; `null` where its router does not explain itself. */
export function evidenceOfRouting(
  call: Pick<RecordedCall, 'callId' | 'session' | 'isSessionNamed'>,
  { routingDecision, basis }: RoutingResult,
  model: string,
): AskEvidence | null {
  if (basis === undefined) return null;
  return {
    callId: call.callId,
    model,
    segments: basis.segments ?? [],
    difficulty: routingDecision.difficulty,
    difficultyUncertainty: basis.difficultyUncertainty,
    ...whoseWord(call.session, call.isSessionNamed),
  };
}

/** Of a call that the journal holds. */
export function evidenceOfRecord(record: DecisionRecord, model: string): AskEvidence {
  const { callId, session, sessionNamed = true, segments = [], difficulty, difficultyUncertainty } = record;
  const ask = { callId, model, segments, difficulty, difficultyUncertainty };
  return { ...ask, ...whoseWord(session, sessionNamed) };
}

/** A session that the application did not name is the application itself. */
function whoseWord(session: string, isNamed: boolean): { readonly session?: string } {
  return isNamed ? { session } : {};
}

/** Tells the routers how good an answer was, and sees to it that it is not forgotten. */
export function teach(parts: CallParts, evidence: QualityEvidence): void {
  tellRouters(parts, (router) => router.recordEvidence?.(evidence));
  parts.routerMemory.learned(evidence);
  parts.shadowMemory?.learned(evidence);
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
