import type { RoutingResult } from '../router/router.js';
import type { DecisionRecord } from '../stores.js';
import type { Call } from './call.js';

/** A routing decision without its content; `null` where the router does not explain itself. */
export function decisionRecord(
  call: Pick<Call, 'callId' | 'session' | 'tags' | 'parts'>,
  { routingDecision: decision, basis, alternatives }: RoutingResult,
  servedModel: string | null,
): DecisionRecord | null {
  if (basis === undefined) return null;
  return {
    callId: call.callId,
    at: call.parts.clock.now(),
    taskType: decision.taskType,
    taskConfidence: decision.confidence,
    difficulty: decision.difficulty,
    ...basis,
    candidates: alternatives.map(({ model, score, pGood, costUsd, latencyMs }) => ({
      model,
      score,
      pGood,
      costUsd,
      latencyMs,
      // The default policy is deterministic until exploration is switched on.
      propensity: model === decision.selectedModel ? 1 : 0,
    })),
    chosenModel: decision.selectedModel,
    servedModel,
    session: call.session,
    tags: call.tags,
  };
}
