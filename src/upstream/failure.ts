import { RateLimitExceededError, RouteLLError, TimeoutError, UpstreamError } from '../errors.js';
import { readOfficialFailure, systemCodeOf, type OfficialFailure } from './openai-client.js';
import { readRetryAfterMs } from './retry-after.js';
import { isUnsent } from './unsent.js';

export interface FailureContext {
  readonly provider: string;
  readonly baseURL: string;
  /** Wall clock, for dates in headers. */
  readonly nowMs: number;
}

/** An error that the upstream has answered with. */
export type StatusFailure = Omit<Extract<OfficialFailure, { kind: 'status' }>, 'kind' | 'body'>;

/** The typed error for whatever the official client, or the fetch below it, has thrown. */
export function toRouteLLError(error: unknown, context: FailureContext): RouteLLError {
  if (RouteLLError.isInstance(error)) return error;
  const failure = readOfficialFailure(error);
  switch (failure.kind) {
    case 'aborted':
      return new RouteLLError('aborted', 'The request was aborted.', { cause: error });
    case 'connection':
      return connectionError(failure, context, error);
    case 'status':
      return statusError(failure, context, error);
  }
}

/** Failures of certificates and names: the same target will not do better a second later. */
const LASTING_SYSTEM_CODE = /^(?:ENOTFOUND|CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** A transport's words for heads of responses that are too large or none. */
const NO_HTTP = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_CONTENT_LENGTH)/;

function connectionError(
  failure: Extract<OfficialFailure, { kind: 'connection' }>,
  { provider, baseURL }: FailureContext,
  cause: unknown,
): RouteLLError {
  const code = failure.systemCode;
  if (failure.timedOut === 'connect') {
    const text = `No connection to ${provider} at ${baseURL} in time. Check that it is reachable, or raise timeouts.connectMs.`;
    return new TimeoutError('connect', text, { cause });
  }
  if (failure.timedOut === 'headers') {
    const text = `${provider} sent no response headers in the time that the transport allows. Stream the answer, or give a fetch with longer timeouts.`;
    return new TimeoutError('headers', text, { cause });
  }
  const data = { status: null, provider, requestId: null, retryAfterMs: null };
  if (code !== null && NO_HTTP.test(code)) {
    const text = `What ${provider} at ${baseURL} answered is no HTTP that can be read (${code}). Check that baseURL points at an OpenAI-compatible API.`;
    return new UpstreamError('malformed-response', text, data, { cause });
  }
  const lasting = code !== null && LASTING_SYSTEM_CODE.test(code);
  const what = `failed${code === null ? '' : ` (${code})`}`;
  const advice = lasting ? 'Check baseURL and the certificates.' : 'Check that it is reachable.';
  return new UpstreamError(
    'upstream',
    `The connection to ${provider} at ${baseURL} ${what}. ${advice}`,
    data,
    { cause, retryable: !lasting },
  );
}

/** Words by which services say that money is the matter, not speed and not rights. */
const MONEY_CODE = /credit|quota|insufficient_(?:balance|funds)|balance|billing|spend_limit/i;
const ABOUT_MONEY = /(?<![a-z])(?:credits?|quota|insufficient|balance|billing|spend)(?![a-z])/i;
const ABOUT_ELSE = /per (?:second|minute|hour|day)|too many requests|rate.?limit|permission|scope/i;

/** Whether an error, whatever its status, says that credits or quota are used up. */
export function isAboutMoney({ codes, message }: Pick<StatusFailure, 'codes' | 'message'>): boolean {
  if (codes.some((code) => MONEY_CODE.test(code))) return true;
  return ABOUT_MONEY.test(message) && !ABOUT_ELSE.test(message);
}

function meansMoney(failure: StatusFailure): boolean {
  return failure.status === 402 || ([400, 403, 429].includes(failure.status) && isAboutMoney(failure));
}

/** The server's own errors that may pass; 520 to 529 are those of proxies. */
function mayPass(status: number): boolean {
  return [408, 425, 500, 502, 503, 504].includes(status) || (status >= 520 && status <= 529);
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function noAnswer(provider: string, status: number): string {
  return REDIRECTS.has(status)
    ? `${provider} answered with a redirect (${status}), which is not followed. Set baseURL to the final address.`
    : `${provider} answered ${status}, which is no answer. Check that baseURL points at an OpenAI-compatible API.`;
}

const LONGEST_MESSAGE = 500;

/** What the upstream says, as long as a message should be. */
function shortened(message: string): string {
  const start = message.search(/<(?:!doctype|html|head|body|\?xml)/i);
  if (start >= 0) return `${message.slice(0, Math.min(start, 100))}a page of ${message.length} characters`;
  if (message.length > LONGEST_MESSAGE) return `${message.slice(0, LONGEST_MESSAGE)}…`;
  return message.endsWith('.') ? message.slice(0, -1) : message;
}

/** The typed error for an error that the upstream has answered with. */
export function statusError(failure: StatusFailure, context: FailureContext, cause: unknown): RouteLLError {
  const { provider } = context;
  const { status, requestId, headers } = failure;
  const message = shortened(failure.message);
  const retryAfterMs = readRetryAfterMs(headers, context.nowMs);
  const data = { status, provider, requestId, retryAfterMs };
  if (meansMoney(failure)) {
    const text = `${provider} refused for want of credits or quota: ${message}. Top up the account, or use another provider.`;
    return new UpstreamError('credits-exhausted', text, data, { cause });
  }
  if (status === 401 || status === 403) {
    const text = `${provider} refused the API key: ${message}. Check the key and that it belongs to ${context.baseURL}.`;
    return new UpstreamError('authentication', text, data, { cause });
  }
  const isWorthwhile = headers.get('x-should-retry') !== 'false';
  if (status === 429) {
    const wait = retryAfterMs === null ? '' : ` It asks to wait ${Math.ceil(retryAfterMs)} ms.`;
    const text = `${provider} limits the rate: ${message}.${wait}`;
    const limit = { retryAfterMs: retryAfterMs ?? 0, provider };
    return new RateLimitExceededError(text, limit, { cause, retryable: isWorthwhile });
  }
  if (status < 400) return new UpstreamError('upstream', noAnswer(provider, status), data, { cause });
  if (status < 500 && !mayPass(status)) {
    const advice =
      status === 404
        ? `. Check the model's name, and that baseURL (${context.baseURL}) ends as the API's does, mostly in /v1.`
        : '';
    const text = `${provider} refused the request: ${message}${advice}`;
    return new UpstreamError('invalid-request', text, data, { cause });
  }
  const retryable = mayPass(status) && isWorthwhile;
  return new UpstreamError('upstream', `${provider} failed: ${message}`, data, { cause, retryable });
}

/** System errors after which the upstream cannot have received anything. */
const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** A proxy reached what answers and waited no longer for it: that may have gone on, and been billed. */
const PROXY_TIMEOUTS: readonly number[] = [504, 524];

/** Whether an attempt that failed so may have been billed all the same. */
export function mayBeBilled(error: RouteLLError): boolean {
  if (isUnsent(error)) return false;
  if (error.code === 'rate-limit') return false;
  const isTransport = error instanceof UpstreamError || error instanceof TimeoutError;
  if (!isTransport) return true;
  if (error instanceof UpstreamError && error.status !== null) {
    return error.status < 400 || PROXY_TIMEOUTS.includes(error.status);
  }
  const code = systemCodeOf(error.cause) ?? '';
  return !NEVER_CONNECTED.has(code) && !LASTING_SYSTEM_CODE.test(code);
}
