import { costUsd, pricesOf } from '../../catalog/cost.js';
import { pricesInTier } from '../../catalog/service-tier.js';
import { estimatedTokenUsage } from '../../catalog/usage.js';
import type { ChatParameters, ModelCapability } from '../../types.js';
import { capOf } from '../tune.js';
import { generousCap, enoughSeen, longestAnswer, type OutputAsk, priorTokensOf } from './output-cap.js';

/** What a request is expected to cost, before it is sent. */
export interface CostEstimate {
  /** USD, at the expected length of the answer; `null` where the model's price is unknown. */
  readonly costUsd: number | null;
  /** USD for a short answer; `null` as above. */
  readonly lowUsd: number | null;
  /** USD for a long answer, at most as long as a cap allows; `null` as above. */
  readonly highUsd: number | null;
  /**
   * Share of such requests whose cost lies from `lowUsd` to `highUsd`, by what was seen of such answers; `null` where
   * too few were seen to tell.
   */
  readonly coverage: number | null;
  /** Answers of the model to such asks that were seen; old ones count less. */
  readonly seenAnswers: number;
  /** The model it is estimated for. */
  readonly model: string;
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
  /** Expected tokens of all answers; of thoughts those that were seen. */
  readonly outputTokens: number;
}

/** A short answer, in parts of the expected one: 5 of 100 are shorter where lengths are log-normal with σ = 0.7. */
const SHORT_ANSWER = 0.25;
/** By how much vendors count the same text differently. */
const INPUT_SPREAD = 0.2;
/** Of the lengths that were seen, how many lie between the two that are priced. */
const COVERAGE = 0.9;

/** Tokens of one answer. */
interface Lengths {
  readonly low: number;
  readonly expected: number;
  readonly high: number;
  /** `null` where nobody knows how often an answer lies between. */
  readonly coverage: number | null;
}

/**
 * The cost of a request to one model.
 * @param expectation.averageTokens Of one answer, by what was seen and the prior.
 * @param expectation.at Epoch milliseconds of the prices.
 */
export function estimateCost(
  ask: OutputAsk,
  model: ModelCapability,
  { averageTokens, at }: { readonly averageTokens: number; readonly at: number },
): CostEstimate {
  const { inputTokens, parameters, seen } = ask;
  const choices = parameters.n ?? 1;
  const most = Math.min(capOf(parameters) ?? Infinity, longestAnswer(model, inputTokens));
  const { low, expected, high, coverage } = lengthsOf(ask, model, { averageTokens, most });
  const prices = pricesInTier(pricesOf(model), parameters.service_tier ?? null);
  const costOf = (tokens: number, spread: number): number | null =>
    costUsd(prices, estimatedTokenUsage(inputTokens * spread, tokens * choices), at);
  const cost = costOf(expected, 1);
  const least = costOf(low, 1 - INPUT_SPREAD);
  const highest = costOf(high, 1 + INPUT_SPREAD);
  return {
    costUsd: cost,
    // A tier may be cheaper than the prices below it.
    lowUsd: cost === null || least === null ? null : Math.min(cost, least),
    highUsd: cost === null || highest === null ? null : Math.max(cost, highest),
    coverage: cost === null ? null : coverage,
    seenAnswers: Math.round(seen?.count ?? 0),
    model: model.name,
    inputTokens,
    outputTokens: expected * choices,
  };
}

function lengthsOf(
  ask: OutputAsk,
  model: ModelCapability,
  { averageTokens, most }: { readonly averageTokens: number; readonly most: number },
): Lengths {
  const { forecast, parameters } = ask;
  const seen = enoughSeen(ask.seen);
  const priorTokens = priorTokensOf(ask);
  // By as much as the ask states, the prior is above what it would be otherwise.
  const stated = Math.max(0, forecast.expectedTokens - priorTokens);
  const expected = Math.min(most, Math.round(averageTokens + stated));
  if (seen !== null && seen.long !== null) {
    const low = Math.min(expected, Math.round(seen.short * priorTokens));
    const high = Math.min(
      most,
      Math.max(expected, forecast.statedTokens, Math.ceil(seen.long * priorTokens)),
    );
    return { low, expected, high, coverage: COVERAGE };
  }
  const long = generousCap({ ...ask, mayReason: isReasoning(model, parameters) }).tokens;
  return { low: SHORT_ANSWER * expected, expected, high: Math.min(most, long), coverage: null };
}

/** Whether thoughts are to be expected: the model takes no temperature since it always reasons, or is asked to. */
function isReasoning({ parameters }: ModelCapability, { reasoning_effort: effort }: ChatParameters): boolean {
  return parameters?.temperature === false || (effort ?? 'none') !== 'none';
}
