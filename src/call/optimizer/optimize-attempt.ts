import { normalizePreferences } from '../../router/preferences.js';
import type { ChatRequestBody } from '../../types.js';
import type { Call } from '../call.js';
import { effortOf } from '../learn-answer.js';
import type { PlanStep } from '../plan-step.js';
import { capOf, type TunedRequest } from '../tune.js';
import { type ParameterChange, parametersOf } from './changes.js';
import { optimize } from './optimize.js';
import { isKnown, mayReason } from './output-cap.js';

/** The request with what the caller left open filled in for one model; as it was, where that is not wanted. */
export function optimizeTuned(
  call: Call,
  tuned: TunedRequest,
  { model, provider }: Pick<PlanStep, 'model' | 'provider'>,
): TunedRequest {
  if (!call.optimizes) return tuned;
  const { request, parts, inputTokens } = call;
  const preferences = request.options.preferences ?? parts.options.preferences;
  const forecast = call.outputForecast;
  const ask = {
    parameters: request.parameters,
    forecast,
    seen: parts.answerHistory.lengths({
      model: parts.catalog.get(model.name)?.name ?? model.name,
      effort: effortOf(request.parameters),
      taskType: forecast.taskType,
    }),
    inputTokens,
    model,
    isKnown: isKnown(model, parts.catalog),
    mayReason: mayReason(model),
    costShare: normalizePreferences(preferences).cost,
    tokensPerMinute: parts.limiters.get(provider.group)?.limits.tokensPerMinute ?? null,
  };
  const changes = optimize(ask, request, parts.clock.now());
  const body: ChatRequestBody = { ...tuned.body, ...parametersOf(changes) };
  return { ...tuned, body, changes, outputCap: capOf(body) ?? tuned.outputCap };
}

/** The changes as they were sent: a hard budget may have left room for less. */
export function changesSent(
  changes: readonly ParameterChange[],
  body: ChatRequestBody,
): readonly ParameterChange[] {
  const sent = capOf(body);
  return changes.map((change) =>
    change.parameter === 'temperature' || sent === null || sent === change.to
      ? change
      : { ...change, to: sent, reason: `${change.reason}; a hard budget leaves room for ${sent}` },
  );
}
