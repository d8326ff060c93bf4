import { InvalidRequestError, RouteLLError } from '../errors.js';
import type { AnyChatOptions } from '../chat-options.js';
import type { RoutingResult } from '../router/router.js';
import type { ChatMessage } from '../types.js';
import { closedError } from './close.js';
import type { CallParts } from './parts.js';
import { makePlan } from './plan.js';
import { readRequest } from './request.js';

/** The decision a call would get, without the call. */
export async function routeOnly(
  parts: CallParts,
  messages: readonly ChatMessage[],
  options: AnyChatOptions,
): Promise<RoutingResult> {
  if (parts.lifecycle.closed) throw closedError();
  const request = readRequest(messages, options);
  const { signal, model = '' } = request.options;
  try {
    const { routing } = await makePlan(parts, request, signal);
    if (routing !== null) return routing;
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new RouteLLError('aborted', 'The routing was aborted by its signal.', { cause: signal.reason });
  }
  throw new InvalidRequestError(
    'model',
    `model is set to ${model}: leave it out, or use 'auto', to see a decision.`,
  );
}
