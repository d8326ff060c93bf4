import type { Random } from '../clock.js';
import { asRouteLLError, InvalidRequestError, type RouteLLError } from '../errors.js';
import type { AnyChatOptions } from '../chat-options.js';
import type { ChatMessage } from '../types.js';
import { Call } from './call.js';
import { closedError } from './close.js';
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
  options: AnyChatOptions,
  isStream: boolean,
): Call {
  const callId = newId('call', parts.random);
  const startedMs = parts.clock.monotonic();
  try {
    if (parts.lifecycle.closed) throw closedError();
    const request = readRequest(messages, options);
    checkStream(options, isStream);
    return new Call(parts, { callId, startedMs, request, isStream });
  } catch (error) {
    const failure = asRouteLLError(error);
    const { session: ownSession, model } = Object(options) as Readonly<Record<string, unknown>>;
    const session = typeof ownSession === 'string' ? ownSession : parts.session;
    const requestedModel = typeof model === 'string' ? model : AUTO;
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

/** `stream` may be said again, but not gainsaid. */
function checkStream({ stream }: AnyChatOptions & { readonly stream?: boolean }, isStream: boolean): void {
  if (stream === undefined || stream === isStream) return;
  throw new InvalidRequestError(
    'stream',
    `stream must be ${isStream} here, or left out: chatCompletion() answers whole, streamCompletion() streams.`,
  );
}

/** A name and 64 random bits in base 36. */
export function newId(name: string, random: Random): string {
  const half = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(36)
      .padStart(7, '0');
  return `${name}_${half()}${half()}`;
}
