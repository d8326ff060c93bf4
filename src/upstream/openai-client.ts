import OpenAI, { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { readStart } from './body.js';
import { redact, redactJson, secretsOf } from './redact.js';

export type OfficialClient = OpenAI;
export type Fetch = typeof globalThis.fetch;

export interface OfficialClientOptions {
  readonly apiKey: string;
  readonly baseURL: string;
  readonly fetch: Fetch;
  readonly defaultHeaders?: Readonly<Record<string, string>>;
}

/** The official client's own timer is a last resort: the time limits of a call are ours. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What is kept of the body of an error. */
const MAX_ERROR_BYTES = 2 ** 16;

/** The official client keeps `error` of the body only; other services say `detail` or `message`. */
const WHOLE_BODY = Symbol('routell.body');

class RedactingOpenAI extends OpenAI {
  readonly #secrets: readonly string[];

  constructor(options: OfficialClientOptions) {
    const headers = { ...options.defaultHeaders };
    super({
      apiKey: options.apiKey,
      baseURL: options.baseURL,
      fetch: options.fetch,
      // The process's OPENAI_* variables belong to another origin and another account.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      logLevel: 'off',
      maxRetries: 0,
      timeout: LONGEST_TIMER_MS,
      fetchOptions: { redirect: 'manual' },
    });
    // Set afterwards: the client adds those of OPENAI_CUSTOM_HEADERS to what it is given.
    this._options.defaultHeaders = headers;
    this.#secrets = [options.apiKey, ...secretsOf(headers)];
  }

  /** The official error for a response that is none of success. */
  async statusErrorOf(response: Response): Promise<APIError> {
    const text = await readStart(response, MAX_ERROR_BYTES);
    const body = safeJson(text);
    const message = body === undefined ? text : undefined;
    // A browser hides the status of a redirect that is not followed.
    const status = response.type === 'opaqueredirect' ? 302 : response.status;
    return this.makeStatusError(status, body as object, message, response.headers);
  }

  protected override makeStatusError(
    status: number,
    error: object,
    message: string | undefined,
    headers: Headers,
  ): APIError {
    const redactedMessage = message === undefined ? undefined : redact(message, this.#secrets);
    const body = redactJson(error, this.#secrets) as object;
    const made = super.makeStatusError(status, body, redactedMessage, headers);
    Object.defineProperty(made, WHOLE_BODY, { value: body });
    return made;
  }
}

/** Sends one request and hands over the response whose headers have arrived; a status of 300 and above throws. */
export type Send = (
  method: 'GET' | 'POST',
  path: string,
  request: { readonly body?: object; readonly signal: AbortSignal },
) => Promise<Response>;

/**
 * What the official client does between a request and its headers, without what only its own retries, logs
 * and timers need: that is a fifth of the processor time of a call. Its errors are the official ones.
 */
export function createSend(options: OfficialClientOptions): Send {
  const client = new RedactingOpenAI(options);
  const headers = new Headers({
    accept: 'application/json',
    'content-type': 'application/json',
    authorization: `Bearer ${options.apiKey}`,
    ...options.defaultHeaders,
  });
  const entries = [...headers];
  return async (method, path, { body, signal }) => {
    const response = await options.fetch(options.baseURL + path, {
      method,
      headers: entries,
      signal,
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw await client.statusErrorOf(response);
    return response;
  };
}

/** The official client, with its own retries, logs and environment variables off. */
export function createOfficialClient(options: OfficialClientOptions): OfficialClient {
  return new RedactingOpenAI(options);
}

/** What went wrong in the official client, told apart without its classes. */
export type OfficialFailure =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers: Headers;
      /** The body's `error`. */
      readonly body: unknown;
      /** The error's `code` and `type`, as far as they are words. */
      readonly codes: readonly string[];
      readonly message: string;
      readonly requestId: string | null;
    }
  | { readonly kind: 'aborted' }
  | {
      readonly kind: 'connection';
      /** What the transport waited for too long; `null` where it did not. */
      readonly timedOut: 'connect' | 'headers' | null;
      readonly systemCode: string | null;
    };

/** Reads an error that the official client, or the fetch below it, has thrown. */
export function readOfficialFailure(error: unknown): OfficialFailure {
  if (error instanceof APIUserAbortError || isAbortError(error)) return { kind: 'aborted' };
  if (error instanceof APIError && typeof error.status === 'number' && error.headers !== undefined) {
    const { status, headers, error: body, code, type, requestID } = error as APIError<number, Headers>;
    const codes = [code, type].filter((name): name is string => typeof name === 'string');
    const message = messageOf(error);
    return { kind: 'status', status, headers, body, codes, message, requestId: requestID ?? null };
  }
  return {
    kind: 'connection',
    timedOut: timedOut(error),
    systemCode: systemCodeOf(error),
  };
}

function messageOf(error: APIError & { readonly [WHOLE_BODY]?: unknown }): string {
  const body = error[WHOLE_BODY];
  return error.error === undefined && body !== undefined ? JSON.stringify(body) : error.message;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Transports tell it by words, in the error or in its cause, as the official client reads them. */
function timedOut(error: unknown): 'connect' | 'headers' | null {
  if (systemCodeOf(error) === 'UND_ERR_HEADERS_TIMEOUT') return 'headers';
  const cause = error instanceof Error ? error.cause : undefined;
  const isTimeout =
    error instanceof APIConnectionTimeoutError || /timed? ?out/i.test(`${String(error)} ${String(cause)}`);
  return isTimeout ? 'connect' : null;
}

function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** The code of the system error at the end of a chain of causes, as `ECONNREFUSED`. */
export function systemCodeOf(error: unknown): string | null {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if ('code' in current && typeof current.code === 'string') return current.code;
    current = current.cause;
  }
  return null;
}
