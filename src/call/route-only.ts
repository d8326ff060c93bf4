import { InvalidRequestError } from '../errors.js';
import type { ChatOptions } from '../options.js';
import type { RoutingResult } from '../router/router.js';
import type { ChatMessage } from '../types.js';
import type { CallParts } from './parts.js';
import { makePlan } from './plan.js';
import { readRequest } from './request.js';

/** The decision a call would get, without the call. */
export async function routeOnly(
  parts: CallParts,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): Promise<RoutingResult> {
  const request = readRequest(messages, options);
  const { routing } = await makePlan(parts, request);
  if (routing === null) {
    throw new InvalidRequestError(
      'model',
      `model is set to ${request.options.model ?? ''}: leave it out, or use 'auto', to see a decision.`,
    );
  }
  return routing;
}
