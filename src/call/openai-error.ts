import {
  AllModelsFailedError,
  RateLimitExceededError,
  type RouteLLError,
  type RouteLLErrorCode,
  UpstreamError,
} from '../errors.js';
import { type OfficialFailure, readOfficialFailure } from '../upstream/openai-client.js';

const STATUS: Readonly<Record<RouteLLErrorCode, number>> = {
  configuration: 400,
  'invalid-request': 400,
  authentication: 401,
  budget: 402,
  'credits-exhausted': 402,
  'no-model': 404,
  'rate-limit': 429,
  'queue-full': 429,
  aborted: 499,
  upstream: 502,
  'malformed-response': 502,
  'incomplete-stream': 502,
  'all-models-failed': 502,
  closed: 503,
  store: 503,
  timeout: 504,
};

/** An error of ours as the `error` object of the OpenAI API. */
export function errorBody(error: RouteLLError): { readonly error: Readonly<Record<string, unknown>> } {
  const { code, message, callId } = error;
  const param = 'field' in error && typeof error.field === 'string' ? error.field : null;
  return {
    error: { message, type: `routell_${code.replaceAll('-', '_')}`, param, code, call_id: callId ?? null },
  };
}

/**
 * A failure as the official client expects it: the upstream's own status and body where it answered,
 * a rejection where it could not be reached or was too slow, else a response of ours. The attempts are
 * made: `x-should-retry` tells SDKs not to multiply them.
 * @throws {TypeError} as a fetch does, for connections that failed and time that ran out.
 */
export function errorResponse(error: RouteLLError, status?: number): Response {
  const last = error instanceof AllModelsFailedError ? (error.errors.at(-1) ?? error) : error;
  if (last.code === 'timeout') throw new TypeError(`fetch timed out: ${last.message}`, { cause: last });
  if (last instanceof UpstreamError && last.code === 'upstream' && last.status === null) {
    throw new TypeError(`fetch failed: ${last.message}`, { cause: last });
  }
  const failure = last.cause === undefined ? null : readOfficialFailure(last.cause);
  if (failure?.kind === 'status') return upstreamResponse(failure);
  const headers = new Headers({ 'content-type': 'application/json', 'x-should-retry': 'false' });
  if (last instanceof RateLimitExceededError)
    headers.set('retry-after-ms', String(Math.ceil(last.retryAfterMs)));
  return new Response(JSON.stringify(errorBody(last)), { status: status ?? STATUS[last.code], headers });
}

/** The response that the upstream gave. */
function upstreamResponse(failure: Extract<OfficialFailure, { kind: 'status' }>): Response {
  const isJson = failure.body !== undefined;
  const headers = new Headers({
    'content-type': isJson ? 'application/json' : 'text/plain',
    'x-should-retry': 'false',
  });
  for (const name of ['x-request-id', 'retry-after', 'retry-after-ms']) {
    const value = failure.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const body = isJson ? JSON.stringify({ error: failure.body }) : failure.message.replace(/^\d{3} /, '');
  return new Response(body, { status: failure.status, headers });
}
