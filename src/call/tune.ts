import type { ChatRequestBody, ModelCapability } from '../types.js';
import type { PlanStep } from './plan-step.js';
import type { ParameterChange } from './optimizer/changes.js';
import type { CallRequest } from './request.js';

export interface TunedRequest {
  readonly body: ChatRequestBody;
  /** The most tokens the answer may have; `null` where neither the caller nor the catalogue says. */
  readonly outputCap: number | null;
  /** Whether the cap is the caller's own. */
  readonly isCallersCap: boolean;
  /** What the optimizer filled in; empty where it is off. */
  readonly changes: readonly ParameterChange[];
}

/**
 * The request as one model wants it. For a model the router chose, parameters are renamed or dropped
 * by its policy; where the caller named the model, nothing of the caller's is changed.
 */
export function tuneRequest(
  request: CallRequest,
  { model, wireName }: Pick<PlanStep, 'model' | 'wireName'>,
  isRouted: boolean,
): TunedRequest {
  const { parameters, options, messages } = request;
  const body: ChatRequestBody = {
    ...parameters,
    ...options.extraBody,
    messages: messages as ChatRequestBody['messages'],
    model: wireName,
  };
  const callersCap = capOf(parameters);
  if (isRouted) applyPolicy(body, model, callersCap);
  return {
    body,
    outputCap: callersCap ?? model.maxOutput ?? model.contextWindow ?? null,
    isCallersCap: callersCap !== null,
    changes: [],
  };
}

/** Both names of the output cap: OpenAI calls the first deprecated, most services know no other. */
interface OutputCaps {
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
}

/** Whether the caller said nothing of a cap; `null` says that there shall be none. */
export function isCapOpen({ max_tokens: older, max_completion_tokens: newer }: OutputCaps): boolean {
  return older === undefined && newer === undefined;
}

/** The caller's cap; of two the larger, since nobody knows which one a service heeds. */
export function capOf({ max_tokens: older, max_completion_tokens: newer }: OutputCaps): number | null {
  const caps = [older, newer].filter((cap) => typeof cap === 'number');
  return caps.length === 0 ? null : Math.max(...caps);
}

function applyPolicy(body: ChatRequestBody, model: ModelCapability, cap: number | null): void {
  if (model.parameters?.temperature === false) delete body.temperature;
  if (cap !== null) setOutputCap(body, model, cap);
}

/** Sets the cap under the one name the model takes. */
export function setOutputCap(body: OutputCaps, model: ModelCapability, cap: number): void {
  delete body.max_tokens;
  delete body.max_completion_tokens;
  body[capParameterOf(model)] = cap;
}

/** The name of the output cap that a model takes. */
export function capParameterOf(model: ModelCapability | null): keyof OutputCaps {
  return model?.parameters?.outputCap ?? 'max_tokens';
}
