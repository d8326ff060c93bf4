import {
  describeThrown,
  InvalidObjectError,
  type InvalidObjectReason,
  type RouteLLError,
  type RouteLLErrorCode,
} from '../errors.js';
import type { Router, RoutingResult } from '../router/router.js';
import type { Logger } from '../types.js';
import { decisionRecord, type RecordedCall } from './decision-record.js';
import type { CallParts } from './parts.js';

/** Attempts that the caller ended say nothing of the model. */
const ENDED_BY_CALLER: ReadonlySet<'success' | RouteLLErrorCode> = new Set(['aborted', 'closed']);

/** A refusal, a filter or the caller's own cap is no lack of ability. */
const BAD_ANSWERS: ReadonlySet<InvalidObjectReason> = new Set(['not-json', 'mismatch']);

/** Lets the router learn from a routed call and keeps its decision. Never rejects: what fails is logged. */
export async function recordOutcome(
  call: RecordedCall,
  routing: RoutingResult,
  servedModel: string | null,
  error: RouteLLError | null,
): Promise<void> {
  const { parts, callId } = call;
  const { taskType } = routing.routingDecision;
  // Served, and of no use: that is quality, not availability.
  const isBad = error instanceof InvalidObjectError && BAD_ANSWERS.has(error.reason);
  const ofNoUse: [quality?: number] = isBad ? [0] : [];
  for (const { model, outcome, latencyMs } of call.rows) {
    if (!parts.options.routing.learning) break;
    if (ENDED_BY_CALLER.has(outcome)) continue;
    tellRouters(parts, (router) =>
      router.recordRequestOutcome?.(
        model,
        taskType,
        outcome === 'success',
        latencyMs / 1000,
        ...(outcome === 'success' ? ofNoUse : []),
      ),
    );
  }
  try {
    const record = decisionRecord(call, routing, servedModel);
    if (record !== null) await parts.journal.append({ kind: 'decision', record });
  } catch (error) {
    parts.logger.error('a decision could not be recorded', { callId, error: describeThrown(error) });
  }
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
