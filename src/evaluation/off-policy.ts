import type { Interval } from './bootstrap.js';
import { mean } from './statistics.js';

/*
 * The value of a policy from decisions that another one made (off-policy evaluation). The policy in question is
 * deterministic: of each decision it is known what it would have chosen. Values are of any unit, one a decision.
 */

/** One decision of the log, as far as the value of the new policy depends on it. */
export interface LoggedDecision {
  /** What came of it: a quality, or USD. */
  readonly value: number;
  /** What a model predicts of the logged choice. */
  readonly predicted: number;
  /** What the same model predicts of the new policy's choice. */
  readonly predictedNew: number;
  /** Whether both choose the same. */
  readonly agrees: boolean;
  /** Probability, above 0, with which the logged policy chose what it chose. */
  readonly propensity: number;
  /** Probability with which the logged policy would have chosen what the new one does; 0 is no overlap. */
  readonly propensityNew: number;
}

/** A mean over decisions. */
export interface Estimate {
  readonly mean: number;
  /** 95 %, by the normal approximation, within the bounds; `null` where it would say more than is known. */
  readonly interval: Interval | null;
}

export interface OffPolicyEstimates {
  readonly decisions: number;
  /** Decisions in which the logged policy could have chosen what the new one does. */
  readonly overlapping: number;
  /** (Σw)² / Σw², Kish 1965: so many plain decisions would tell as much of the new policy. */
  readonly effectiveDecisions: number;
  /** Of the logged policy, as it came. */
  readonly logged: Estimate;
  /** The mean of w·value, w = 1 / propensity where both agree and 0 elsewhere. `null` without full overlap. */
  readonly inversePropensity: Estimate | null;
  /** The same over Σw: a little bias for much less variance. `null` without full overlap. */
  readonly selfNormalized: Estimate | null;
  /** What the model predicts of the new choices, alone; nothing bounds its error. */
  readonly modelBased: Estimate;
  /**
   * The model's prediction corrected by what came of it where both agree (Dudík, Langford and Li 2011): right where
   * either the model or the propensities are. Without overlap in a decision the model stands alone there.
   */
  readonly doublyRobust: Estimate;
  /** Doubly robust less logged, decision by decision. */
  readonly difference: Estimate;
}

/** Two-sided 95 % of the normal distribution. */
const QUANTILE = 1.959_964;
/** Fewer effective decisions than that carry no normal approximation. */
const LEAST_EFFECTIVE_DECISIONS = 20;

/** What the mean of the values can be. */
export type Bounds = Interval;

const UNBOUNDED: Bounds = { low: -Infinity, high: Infinity };

/** An error of rounding alone, as a share of the largest value. */
const ROUNDING = 1e-12;

/**
 * `null` of no decisions.
 * @param bounds Intervals end there. Means do not: weighing by propensities may carry them beyond. @default none
 */
export function estimateOffPolicy(
  decisions: readonly LoggedDecision[],
  bounds: Bounds = UNBOUNDED,
): OffPolicyEstimates | null {
  if (decisions.length === 0) return null;
  const weights = decisions.map(({ agrees, propensity }) => (agrees ? 1 / propensity : 0));
  const weightOf = (index: number): number => weights[index] ?? 0;
  const values = decisions.map(({ value }) => value);
  const corrected = decisions.map(
    ({ value, predicted, predictedNew }, index) => predictedNew + weightOf(index) * (value - predicted),
  );
  const overlapping = decisions.filter(({ propensityNew }) => propensityNew > 0).length;
  const effectiveDecisions = effectiveSize(weights);
  const isKnown = overlapping === decisions.length && effectiveDecisions >= LEAST_EFFECTIVE_DECISIONS;
  const isWeighable = overlapping === decisions.length && effectiveDecisions > 0;
  const weighted = values.map((value, index) => weightOf(index) * value);
  const largest = decisions.reduce(
    (most, { value, predicted, predictedNew }) =>
      Math.max(most, Math.abs(value), Math.abs(predicted), Math.abs(predictedNew)),
    0,
  );
  const ofLogged: Known = { bounds, leastError: ROUNDING * largest };
  const known = isKnown ? ofLogged : null;
  const ofDifference = { low: bounds.low - bounds.high, high: bounds.high - bounds.low };
  return {
    decisions: decisions.length,
    overlapping,
    effectiveDecisions,
    logged: estimateOf(values, values.length >= LEAST_EFFECTIVE_DECISIONS ? ofLogged : null),
    inversePropensity: isWeighable ? estimateOf(weighted, known) : null,
    selfNormalized: isWeighable ? selfNormalized(values, weights, known) : null,
    modelBased: { mean: mean(decisions.map(({ predictedNew }) => predictedNew)), interval: null },
    doublyRobust: estimateOf(corrected, known),
    difference: estimateOf(
      corrected.map((value, index) => value - (values[index] ?? 0)),
      known && { ...known, bounds: ofDifference },
    ),
  };
}

/** What an interval depends on beside the figures. */
interface Known {
  readonly bounds: Bounds;
  /** Below it nothing varied: how far the figure may be off is then not to be seen. */
  readonly leastError: number;
}

/** A ratio of means; its interval by the delta method (Owen 2013, Monte Carlo theory, 9.2). */
function selfNormalized(
  values: readonly number[],
  weights: readonly number[],
  known: Known | null,
): Estimate {
  const meanWeight = mean(weights);
  const ratio = mean(values.map((value, index) => (weights[index] ?? 0) * value)) / meanWeight;
  const residuals = values.map((value, index) => ((weights[index] ?? 0) * (value - ratio)) / meanWeight);
  return { mean: ratio, interval: known && intervalOf(ratio, standardError(residuals), known) };
}

function estimateOf(values: readonly number[], known: Known | null): Estimate {
  const center = mean(values);
  return { mean: center, interval: known && intervalOf(center, standardError(values), known) };
}

function intervalOf(center: number, error: number, { bounds, leastError }: Known): Interval | null {
  const low = Math.max(bounds.low, center - QUANTILE * error);
  const high = Math.min(bounds.high, center + QUANTILE * error);
  return error > leastError && low < high ? { low, high } : null;
}

function standardError(values: readonly number[]): number {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

function effectiveSize(weights: readonly number[]): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const squares = weights.reduce((total, weight) => total + weight * weight, 0);
  return squares === 0 ? 0 : (sum * sum) / squares;
}
