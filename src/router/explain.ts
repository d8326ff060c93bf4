import type { RankedModel, RoutingSignals, TaskClassification } from './router.js';
import type { DifficultyEstimate } from './difficulty.js';
import type { AbilityChange } from './learning/ask-abilities.js';
import type { Weights } from './preferences.js';

/** What stood behind a decision, as far as it is told in words. */
export interface DecisionGrounds {
  readonly classification: TaskClassification;
  readonly estimate: DifficultyEstimate;
  readonly weights: Weights;
  readonly selected: RankedModel;
  /** The next best; `undefined` where there is none. */
  readonly second: RankedModel | undefined;
  /** Of the selected model. */
  readonly signals: RoutingSignals | undefined;
  /** What outcomes changed of the abilities of those that were compared. */
  readonly learned?: readonly AbilityChange[];
  /** Probability of the choice, where some was left to chance. */
  readonly propensity?: number | undefined;
}

/** The reasons of a decision in short sentences, with the numbers that decided. */
export function explainDecision(grounds: DecisionGrounds): readonly string[] {
  const { classification, estimate, weights, selected, second, signals, learned = [], propensity } = grounds;
  const reasons = [
    `${classification.taskType} (confidence ${fixed(classification.confidence)}), difficulty ${fixed(estimate.difficulty)} ± ${fixed(estimate.uncertainty)}`,
    `${describe(selected)}, at weights cost ${fixed(weights.cost)}, quality ${fixed(weights.quality)}, speed ${fixed(weights.speed)}`,
  ];
  reasons.push(
    second === undefined
      ? `${selected.model} is the only model that can take the request`
      : `utility ${selected.score.toFixed(3)} against ${second.score.toFixed(3)} of ${describe(second)}`,
  );
  const circumstances = describeSignals(signals);
  if (circumstances !== '') reasons.push(`${selected.model}: ${circumstances}`);
  for (const { model, prior, ability, outcomes } of learned) {
    const seen = `${Math.max(1, Math.round(outcomes))} outcomes of such asks`;
    reasons.push(`${model}: ${seen}: ability ${fixed(prior)} → ${fixed(ability)}`);
  }
  if (propensity !== undefined && propensity < 1) {
    reasons.push(`explores: ${selected.model} was chosen with probability ${propensity.toFixed(3)}`);
  }
  return reasons;
}

function describe({ model, pGood, costUsd, latencyMs }: RankedModel): string {
  const cost = costUsd === null ? 'at an unknown price' : `for $${money(costUsd)}`;
  return `${model}: P(good) ${fixed(pGood)} ${cost} in ${(latencyMs / 1000).toFixed(1)} s`;
}

function describeSignals(signals: RoutingSignals | undefined): string {
  if (signals === undefined) return '';
  const { health, waitMs, costMultiplier, creditsMode, warmPrefixTokens } = signals;
  const parts: string[] = [];
  if (health < 1) parts.push(`health ${fixed(health)}`);
  if (waitMs > 0) parts.push(`a wait of ${(waitMs / 1000).toFixed(1)} s`);
  if (creditsMode !== 'normal') parts.push(`credits ${creditsMode}`);
  if (costMultiplier > 1) parts.push(`cost counted ${fixed(costMultiplier)} times`);
  if (warmPrefixTokens > 0) parts.push(`${warmPrefixTokens} tokens in its cache`);
  return parts.join(', ');
}

function fixed(value: number): string {
  return value.toFixed(2);
}

/** Two significant digits, without an exponent. */
function money(usd: number): string {
  if (usd === 0) return '0';
  const digits = Math.max(2, 1 - Math.floor(Math.log10(usd)));
  return usd.toFixed(Math.min(digits, 10));
}
