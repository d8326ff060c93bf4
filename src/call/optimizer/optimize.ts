import { dearestCostUsd, pricesOf } from '../../catalog/cost.js';
import { pricesInTier } from '../../catalog/service-tier.js';
import type { ChatParameters } from '../../types.js';
import type { CallRequest } from '../request.js';
import { capParameterOf, isCapOpen } from '../tune.js';
import type { ParameterChange } from './changes.js';
import { generousCap, longestAnswer, type OutputAsk, type OutputCap } from './output-cap.js';
import { temperatureFor } from './temperature.js';

/** Fills in what the caller left open and the model's policy allows; nothing for a model that is only listed. */
export function optimize(ask: OutputAsk, request: CallRequest, at: number): readonly ParameterChange[] {
  // What only the upstream knows, as a budget of thoughts, may depend on either parameter.
  if (Object.keys(request.options.extraBody ?? {}).length > 0 || !ask.isKnown) return [];
  return [capChange(ask, at), temperatureChange(ask)].filter((change) => change !== null);
}

function capChange(ask: OutputAsk, at: number): ParameterChange | null {
  const { model, inputTokens, parameters } = ask;
  if (!isCapOpen(parameters) || countsOtherwise(parameters)) return null;
  const cap = generousCap(ask);
  const said = { parameter: capParameterOf(model), to: cap.tokens, reason: capReason(ask, cap) } as const;
  if (model === null) return { ...said, from: null, freesUsd: null };
  const from = model.maxOutput ?? null;
  // Services refuse a cap above what the model allows: where that is unknown none is set.
  if (from === null || cap.tokens >= longestAnswer(model, inputTokens)) return null;
  const prices = pricesInTier(pricesOf(model), parameters.service_tier ?? null);
  const choices = parameters.n ?? 1;
  const heldUsd = (tokens: number): number | null =>
    prices && dearestCostUsd(prices, { inputTokens, outputTokens: tokens * choices, at });
  return { ...said, from, freesUsd: difference(heldUsd(from), heldUsd(cap.tokens)) };
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

/** Where speech is asked for, or the answer is predicted, other tokens count, or a cap is refused. */
function countsOtherwise({ modalities, prediction }: ChatParameters): boolean {
  return (prediction ?? null) !== null || modalities?.includes('audio') === true;
}

function capReason({ forecast, tokensPerMinute }: OutputAsk, cap: OutputCap): string {
  const { taskType, expectedTokens } = forecast;
  const minute = cap.isHeldToMinute
    ? `; the rate limit is ${tokensPerMinute} tokens a minute, prompt included`
    : '';
  if (cap.seenAnswers > 0) {
    return `${cap.seenAnswers} answers to ${taskType} were seen of this model: 99 of 100 end well within ${cap.tokens} tokens${minute}`;
  }
  const thoughts = cap.reasoningTokens > 0 ? `, and ${cap.reasoningTokens} for reasoning before it` : '';
  return `${taskType} is expected to take about ${Math.round(expectedTokens)} tokens; ${cap.answerTokens} leave room for a long answer${thoughts}${minute}`;
}

function temperatureChange({ parameters, forecast, model }: OutputAsk): ParameterChange | null {
  const { temperature = true, keepTemperature = false } = model?.parameters ?? {};
  if (!temperature || keepTemperature || !isTemperatureOpen(parameters)) return null;
  const { taskType, confidence } = forecast;
  const to = temperatureFor(forecast);
  const wanted = to < 0.25 ? 'the same answer each time' : to < 0.6 ? 'little variety' : 'variety';
  const reason = `${taskType} (${Math.round(100 * confidence)} % sure) is best served by ${wanted}`;
  return { parameter: 'temperature', from: null, to, reason, freesUsd: 0 };
}

/** Claude takes no temperature beside `top_p`, nor while it was asked to reason; several answers shall differ. */
function isTemperatureOpen(parameters: ChatParameters): boolean {
  const { temperature, top_p, reasoning_effort: effort, n } = parameters;
  const isAskedToReason = (effort ?? 'none') !== 'none';
  return temperature === undefined && top_p === undefined && !isAskedToReason && (n ?? 1) === 1;
}
