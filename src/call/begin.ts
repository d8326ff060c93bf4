import type { Random } from '../clock.js';
import { asRouteLLError, RouteLLError } from '../errors.js';
import type { ChatOptions } from '../options.js';
import type { ChatMessage } from '../types.js';
import { Call } from './call.js';
import type { CallParts } from './parts.js';
import { AUTO } from './plan.js';
import { readRequest } from './request.js';
import type { ChatFailure } from './result.js';

/**
 * Begins a call: checks the arguments and tells of the start. Bad arguments end the call at once,
 * with its one terminal event and nothing sent.
 * @throws {RouteLLError} `invalid-request` or `closed`.
 */
export function beginCall(
  parts: CallParts,
  messages: readonly ChatMessage[],
  options: ChatOptions,
  isStream: boolean,
): Call {
  const callId = `call_${randomId(parts.random)}`;
  const startedMs = parts.clock.monotonic();
  try {
    if (parts.lifecycle.closed) {
      throw new RouteLLError('closed', 'The client is closed. Make a new RouteLLClient for further calls.');
    }
    return new Call(parts, { callId, startedMs, request: readRequest(messages, options), isStream });
  } catch (error) {
    const failure = asRouteLLError(error);
    const session = typeof options?.session === 'string' ? options.session : parts.session;
    const requestedModel = typeof options?.model === 'string' ? options.model : AUTO;
    const at = parts.clock.now();
    parts.events.emit('call-start', { callId, at, session, tags: [], stream: isStream, requestedModel });
    failure.callId = callId;
    failure.attempts = [];
    parts.events.emit('call-error', {
      callId,
      at,
      error: { code: failure.code, message: failure.message, retryable: failure.retryable },
      taskType: null,
      usage: null,
      costUsd: 0,
      latencyMs: parts.clock.monotonic() - startedMs,
      attempts: 0,
    });
    throw failure;
  }
}

/** The result of a call that ended before it began. */
export function refusedResult(error: RouteLLError): ChatFailure {
  return {
    success: false,
    callId: error.callId ?? '',
    error,
    usage: null,
    costUsd: 0,
    latencyMs: 0,
    attempts: [],
  };
}

/** 64 random bits in base 36. */
function randomId(random: Random): string {
  const half = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(36)
      .padStart(7, '0');
  return half() + half();
}
