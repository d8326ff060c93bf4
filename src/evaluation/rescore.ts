import {
  type DecisionCandidate,
  type DecisionRecord,
  type Preferences,
  type ReplayPolicy,
  utilityOf,
} from '../index.js';

/** A recorded decision beside the one that another policy would have made of the same candidates. */
export interface RescoredDecision {
  readonly policyVersion: string;
  readonly chosen: DecisionCandidate;
  /** `null` where the policy leaves none of the candidates. */
  readonly chosenNew: DecisionCandidate | null;
  /** Of the logged choice under the logged policy. */
  readonly propensity: number;
  /** Of the new choice under the logged policy; 0 where it could not have been made. */
  readonly propensityNew: number;
  /** Whether more than one model could have been chosen. */
  readonly explored: boolean;
  /** Whether the figures and weights of the record give the same best model as its scores do. */
  readonly isReproduced: boolean;
}

/**
 * What a policy would have chosen, from what is recorded of each candidate, cost counted as many times as it did then:
 * low credits, or a budget that is paced, are no part of a policy.
 */
export function rescore(decision: DecisionRecord, policy: ReplayPolicy): RescoredDecision {
  const { candidates, propensities, preferences, chosenModel, policyVersion, costMultiplier = 1 } = decision;
  const chosen = candidates.find(({ model }) => model === chosenModel);
  if (chosen === undefined) throw new RangeError('what was chosen is among the candidates');
  const costs = candidates.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]));
  // An unknown price is never cheap. What another router weighed is not recorded.
  const unknownUsd = Math.max(0, ...costs);
  const allowed = candidates.filter(({ model }) => isAllowed(model, policy));
  const chosenNew = bestOf(allowed, policy.preferences ?? preferences, { unknownUsd, costMultiplier });
  const propensityOf = (model: string): number =>
    Object.hasOwn(propensities, model) ? (propensities[model] ?? 0) : 0;
  const best = candidates.reduce((first, other) => (other.score > first.score ? other : first), chosen);
  return {
    policyVersion,
    chosen,
    chosenNew,
    propensity: propensityOf(chosenModel),
    propensityNew: chosenNew === null ? 0 : propensityOf(chosenNew.model),
    explored: Object.values(propensities).filter((propensity) => propensity > 0).length > 1,
    isReproduced: bestOf(candidates, preferences, { unknownUsd, costMultiplier })?.model === best.model,
  };
}

function isAllowed(model: string, { models, excludedModels }: ReplayPolicy): boolean {
  return models?.includes(model) !== false && !excludedModels.includes(model);
}

/** As the router ranks: ties go to the cheaper, unknown last, then by name. */
function bestOf(
  candidates: readonly DecisionCandidate[],
  weights: Required<Preferences>,
  { unknownUsd, costMultiplier }: { readonly unknownUsd: number; readonly costMultiplier: number },
): DecisionCandidate | null {
  const scored = candidates.map((candidate) => {
    const costUsd = candidate.costUsd ?? candidate.weighedUsd ?? unknownUsd;
    return { candidate, utility: utilityOf({ ...candidate, costUsd }, weights, costMultiplier) };
  });
  const [best] = scored.sort((a, b) => b.utility - a.utility || orderOfTie(a.candidate, b.candidate));
  return best?.candidate ?? null;
}

function orderOfTie(a: DecisionCandidate, b: DecisionCandidate): number {
  const [aUsd, bUsd] = [a.costUsd ?? Infinity, b.costUsd ?? Infinity];
  if (aUsd !== bUsd) return aUsd < bUsd ? -1 : 1;
  return a.model < b.model ? -1 : 1;
}
