import type { ChatRequestBody, ModelCapability } from '../types.js';
import type { CallRequest } from './request.js';

export interface TunedRequest {
  readonly body: ChatRequestBody;
  /** The most tokens the answer may have; `null` where neither the caller nor the catalogue says. */
  readonly outputCap: number | null;
  /** Whether the cap is the caller's own. */
  readonly isCallersCap: boolean;
}

/**
 * The request as one model wants it. For a model the router chose, parameters are renamed or dropped
 * by its policy; where the caller named the model, nothing of the caller's is changed.
 */
export function tuneRequest(request: CallRequest, model: ModelCapability, isRouted: boolean): TunedRequest {
  const { parameters, options, messages } = request;
  const body: ChatRequestBody = {
    ...parameters,
    ...options.extraBody,
    messages: messages as ChatRequestBody['messages'],
    model: model.name,
  };
  const callersCap = parameters.max_completion_tokens ?? parameters.max_tokens ?? null;
  if (isRouted) applyPolicy(body, model, callersCap);
  return { body, outputCap: callersCap ?? model.maxOutput ?? null, isCallersCap: callersCap !== null };
}

function applyPolicy(body: ChatRequestBody, model: ModelCapability, cap: number | null): void {
  if (model.parameters?.temperature === false) delete body.temperature;
  if (cap !== null) setOutputCap(body, model, cap);
}

/** Sets the cap under the one name the model takes. */
export function setOutputCap(body: ChatRequestBody, model: ModelCapability, cap: number): void {
  delete body.max_tokens;
  delete body.max_completion_tokens;
  body[model.parameters?.outputCap ?? 'max_tokens'] = cap;
}
