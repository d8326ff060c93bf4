import { describeThrown, type RouteLLError, type RouteLLErrorCode } from '../errors.js';
import type { RoutingResult } from '../router/router.js';
import type { JournalRecord } from '../stores.js';
import { decisionRecord, type RecordedCall } from './decision-record.js';
import { learnAnswer } from './learn-answer.js';
import type { AskEvidence } from './ask-evidence.js';
import { evidenceOfRouting, teach, tellRouters } from './evidence.js';
import {
  type JudgedAnswer,
  type QualitySign,
  SIGN_WEIGHTS,
  signOfAnswer,
  signOfError,
} from './quality-signs.js';
import type { CallRequest } from './request.js';
import type { StorePatience } from './store-patience.js';

/** Attempts that the caller ended say nothing of the model. */
const ENDED_BY_CALLER: ReadonlySet<'success' | RouteLLErrorCode> = new Set(['aborted', 'closed']);

/** A call that ended, as far as its router learns from it. */
export interface EndedCall extends RecordedCall {
  readonly request: CallRequest;
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
  /** Whether the output cap may be ours. */
  readonly optimizes: boolean;
  /** Monotonic milliseconds. */
  readonly startedMs: number;
  readonly stores: StorePatience;
}

/** How it ended: with an answer or with an error. */
export interface Ending {
  readonly answer: JudgedAnswer | null;
  readonly error: RouteLLError | null;
}

/** Keeps the decision of a routed call and lets the router learn. Never rejects: what fails is logged. */
export async function recordOutcome(call: EndedCall, routing: RoutingResult, ending: Ending): Promise<void> {
  const isLearning = call.parts.options.routing.learning;
  const sign = signOf(call, ending);
  if (isLearning) {
    tellAttempts(call, routing, sign);
    learnAnswer(call, routing, ending);
  }
  const record = decisionRecord(call, routing, ending.answer?.model ?? null);
  if (record !== null) await append(call, { kind: 'decision', record });
  if (isLearning) await learnQuality(call, routing, { ...ending, sign });
}

async function learnQuality(
  call: EndedCall,
  routing: RoutingResult,
  { answer, sign }: Ending & { readonly sign: QualitySign | null },
): Promise<void> {
  const model = answer?.model ?? call.rows.find(({ outcome }) => outcome === 'success')?.model;
  const evidence = model === undefined ? null : evidenceOfRouting(call, routing, model);
  if (evidence === null) return;
  await noticeRepetition(call, evidence);
  if (sign !== null) await learnSign(call, evidence, sign);
  else if (answer !== null) teach(call.parts, { ...evidence, quality: 1, weight: 1, source: 'implicit' });
}

function signOf({ request, optimizes }: EndedCall, { answer, error }: Ending): QualitySign | null {
  if (answer !== null) return signOfAnswer(request, answer);
  return error === null ? null : signOfError({ ...request, optimizes }, error);
}

/** Times and failures. A router without `recordEvidence` is told here of an answer that was of no use. */
function tellAttempts({ parts, rows }: EndedCall, routing: RoutingResult, sign: QualitySign | null): void {
  const { taskType } = routing.routingDecision;
  for (const { model, outcome, latencyMs } of rows) {
    if (ENDED_BY_CALLER.has(outcome)) continue;
    const isServed = outcome === 'success';
    tellRouters(parts, (router) => {
      const isTold = isServed && router.recordEvidence === undefined && sign === 'invalid-object';
      const ofNoUse: [quality?: number] = isTold ? [0] : [];
      return router.recordRequestOutcome?.(model, taskType, isServed, latencyMs / 1000, ...ofNoUse);
    });
  }
}

/** A named session that asks nearly the same again was not content with the answer before. */
async function noticeRepetition(call: EndedCall, evidence: AskEvidence): Promise<void> {
  const { parts, request, session } = call;
  if (evidence.session === undefined) return;
  const earlier = parts.repeatedAsks.earlier(session, request.messages, call.startedMs);
  const nowMs = parts.clock.monotonic();
  parts.repeatedAsks.answered(session, evidence, { messages: request.messages, nowMs });
  if (earlier !== null) await learnSign(call, earlier, 'asked-again');
}

async function learnSign(call: EndedCall, evidence: AskEvidence, sign: QualitySign): Promise<void> {
  const { callId = call.callId } = evidence;
  const at = call.parts.clock.now();
  await append(call, { kind: 'outcome', record: { callId, at, quality: 0, source: 'implicit', sign } });
  teach(call.parts, { ...evidence, quality: 0, weight: SIGN_WEIGHTS[sign], source: 'implicit' });
}

async function append({ parts, callId, stores }: EndedCall, entry: JournalRecord): Promise<void> {
  await stores.until(
    () => parts.journal.append(entry),
    (error) => {
      const what = entry.kind === 'decision' ? 'a decision' : 'an outcome';
      parts.logger.error(`${what} could not be recorded`, { callId, error: describeThrown(error) });
    },
  );
}
