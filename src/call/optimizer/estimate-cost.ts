import { costUsd, pricesOf } from '../../catalog/cost.js';
import { estimatedTokenUsage } from '../../catalog/usage.js';
import type { ChatParameters, ModelCapability } from '../../types.js';
import { capOf } from '../tune.js';
import { generousCap, longestAnswer, type OutputAsk } from './output-cap.js';

/** What a request is expected to cost, before it is sent. */
export interface CostEstimate {
  /** USD, at the expected length of the answer; `null` where the model's price is unknown. */
  readonly costUsd: number | null;
  /** USD for a short answer; `null` as above. */
  readonly lowUsd: number | null;
  /** USD for a long answer, at most as long as a cap allows; `null` as above. */
  readonly highUsd: number | null;
  /** The model it is estimated for. */
  readonly model: string;
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
  /** Expected tokens of all answers, without what a model may reason before. */
  readonly outputTokens: number;
}

/** A short answer, in parts of the expected one: 5 of 100 are shorter where lengths are log-normal with σ = 0.7. */
const SHORT_ANSWER = 0.25;
/** By how much vendors count the same text differently. */
const INPUT_SPREAD = 0.2;

/** The cost of a request to one model, at the prices of an instant, epoch milliseconds. */
export function estimateCost(ask: OutputAsk, model: ModelCapability, at: number): CostEstimate {
  const { inputTokens, parameters, forecast } = ask;
  const choices = parameters.n ?? 1;
  const limit = longestAnswer(model, inputTokens);
  const long = generousCap({ ...ask, mayReason: isReasoning(model, parameters) }).tokens;
  const most = Math.min(capOf(parameters) ?? long, limit);
  const expected = Math.min(Math.round(forecast.expectedTokens), most);
  const prices = pricesOf(model);
  const costOf = (tokens: number, spread: number): number | null =>
    costUsd(prices, estimatedTokenUsage(inputTokens * spread, tokens * choices), at);
  const cost = costOf(expected, 1);
  const low = costOf(SHORT_ANSWER * expected, 1 - INPUT_SPREAD);
  const high = costOf(most, 1 + INPUT_SPREAD);
  return {
    costUsd: cost,
    // A tier may be cheaper than the prices below it.
    lowUsd: cost === null || low === null ? null : Math.min(cost, low),
    highUsd: cost === null || high === null ? null : Math.max(cost, high),
    model: model.name,
    inputTokens,
    outputTokens: expected * choices,
  };
}

/** Whether thoughts are to be expected: the model takes no temperature since it always reasons, or is asked to. */
function isReasoning({ parameters }: ModelCapability, { reasoning_effort: effort }: ChatParameters): boolean {
  return parameters?.temperature === false || (effort ?? 'none') !== 'none';
}
