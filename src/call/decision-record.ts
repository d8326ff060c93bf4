import type { RoutingResult } from '../router/router.js';
import type { AttemptRow, DecisionRecord } from '../stores.js';
import type { CallParts } from './parts.js';

/** A call as far as it is recorded. */
export interface RecordedCall {
  readonly parts: CallParts;
  readonly callId: string;
  readonly session: string;
  readonly isSessionNamed: boolean;
  readonly tags: readonly string[];
  readonly rows: readonly AttemptRow[];
}

/** A routing decision without its content; `null` where the router does not explain itself. */
export function decisionRecord(
  call: RecordedCall,
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
    policyVersion: basis.policyVersion,
    distribution: basis.distribution,
    difficultyUncertainty: basis.difficultyUncertainty,
    features: basis.features,
    preferences: basis.preferences,
    candidates: alternatives,
    // Nothing was left to chance where the router says nothing of it.
    propensities: basis.propensities ?? { [decision.selectedModel]: 1 },
    chosenModel: decision.selectedModel,
    servedModel,
    session: call.session,
    sessionNamed: call.isSessionNamed,
    tags: call.tags,
    ...(basis.costMultiplier === undefined ? {} : { costMultiplier: basis.costMultiplier }),
    ...(basis.segments === undefined ? {} : { segments: basis.segments }),
  };
}
