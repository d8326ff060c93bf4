import { type RouteLLError, UpstreamError } from '../errors.js';
import type { Completion } from '../types.js';
import { type FailureContext, isAboutMoney, statusError } from './failure.js';
import { systemCodeOf } from './openai-client.js';

/** A response with a success status, and who sent it. */
export interface ResponseContext extends FailureContext {
  readonly requestId: string | null;
  readonly status: number;
  readonly headers: Headers;
  /** Takes the secrets out of a text of the upstream. */
  readonly redact: (text: string) => string;
  /** Whether a part of the answer has arrived: what fails from then on is a broken answer. */
  readonly hasBegun?: boolean;
}

/** The whole body as text; what breaks off is no connection to try again, but an answer that may be billed. */
export async function readBody(response: Response, context: ResponseContext): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    const code = systemCodeOf(cause);
    throw malformed(`a body that broke off${code === null ? '' : ` (${code})`}`, context, { cause });
  }
}

/** A whole completion out of a response body, or a typed error where it is something else. */
export function readCompletion(text: string, context: ResponseContext): Completion {
  const value = parseJson(text, context);
  throwIfErrorObject(value, context);
  if (!isCompletion(value)) throw malformed('an answer without choices', context);
  throwIfChoiceFailed(value.choices, context);
  return value;
}

/** JSON of the upstream; the error tells length and kind, never the content. */
export function parseJson(text: string, context: ResponseContext): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const start = text.trimStart();
    if (start === '') throw malformed('an empty body', context, { retryable: true });
    if (start.startsWith('<'))
      throw malformed(`an HTML or XML page of ${text.length} characters`, context, { retryable: true });
    throw malformed(`${text.length} characters that are no JSON`, context);
  }
}

/** Some services report errors with status 200, or as an event inside a stream. */
export function throwIfErrorObject(value: unknown, context: ResponseContext): void {
  if (!isObject(value)) return;
  const { error } = value;
  if (isObject(error) || (typeof error === 'string' && error !== '')) throw errorInSuccess(error, context);
}

/** The typed error for an error object in a body, or in an event, that came with a success status. */
function errorInSuccess(error: string | Record<string, unknown>, context: ResponseContext): RouteLLError {
  const { message, code, type } = isObject(error) ? error : { message: error };
  const status = context.hasBegun === true ? NaN : Number(code);
  const failure = {
    ...context,
    status,
    codes: [code, type].filter((name) => typeof name === 'string').map(context.redact),
    message: context.redact(typeof message === 'string' ? message : 'no message'),
  };
  if (status >= 400 && status < 600) return statusError(failure, context, undefined);
  if (context.hasBegun !== true && isAboutMoney(failure))
    return statusError({ ...failure, status: 402 }, context, undefined);
  return failedAnswer(`answered with an error inside a success: ${failure.message}`, context);
}

/** Finish reasons by which services say that they failed. */
const FAILED_FINISH: ReadonlySet<unknown> = new Set(['error', 'insufficient_system_resource']);

/** An answer that the upstream itself calls failed is no answer. */
export function throwIfChoiceFailed(
  choices: readonly { readonly finish_reason?: unknown }[],
  context: ResponseContext,
): void {
  for (const { finish_reason: reason } of choices) {
    if (FAILED_FINISH.has(reason))
      throw failedAnswer(`ended its answer with the finish reason '${String(reason)}'.`, context);
  }
}

function failedAnswer(what: string, { provider, requestId, status }: ResponseContext): UpstreamError {
  const data = { status, provider, requestId, retryAfterMs: null };
  return new UpstreamError('upstream', `${provider} ${what}`, data, { retryable: true });
}

/** The error for a success that is no answer. */
export function malformed(
  what: string,
  { provider, requestId, status }: ResponseContext,
  options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
): UpstreamError {
  return new UpstreamError(
    'malformed-response',
    `${provider} answered ${status} with ${what}. Check that baseURL points at an OpenAI-compatible API.`,
    { status, provider, requestId, retryAfterMs: null },
    options,
  );
}

function isCompletion(value: unknown): value is Completion {
  if (!isObject(value)) return false;
  const { choices } = value;
  return (
    Array.isArray(choices) &&
    choices.length > 0 &&
    choices.every((choice) => isObject(choice) && isObject(choice['message']))
  );
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
