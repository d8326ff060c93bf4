import { type RouteLLError, UpstreamError } from '../errors.js';
import type { Completion, CompletionChunk } from '../types.js';
import { BodyTooLargeError, MAX_RESPONSE_BYTES, readText } from './body.js';
import { type FailureContext, isAboutMoney, statusError } from './failure.js';
import { systemCodeOf } from './openai-client.js';
import { withToldUsage } from './told-usage.js';

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
export async function readBody(
  response: Response,
  context: ResponseContext,
  maxBytes = MAX_RESPONSE_BYTES,
): Promise<string> {
  try {
    return await readText(response, maxBytes);
  } catch (cause) {
    if (cause instanceof BodyTooLargeError) throw malformed(`a body of ${cause.message}`, context);
    const code = systemCodeOf(cause);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw malformed('bytes that are no UTF-8', context, { cause });
    throw malformed(`a body that broke off${code === null ? '' : ` (${code})`}`, context, { cause });
  }
}

/** A whole completion out of a response body, or a typed error where it is something else. */
export function readCompletion(text: string, context: ResponseContext): Completion {
  const value = parseJson(text, context);
  try {
    return completionOf(value, context);
  } catch (error) {
    throw withToldUsage(error, isObject(value) ? value['usage'] : undefined);
  }
}

function completionOf(value: unknown, context: ResponseContext): Completion {
  throwIfErrorObject(value, context);
  if (isObject(value)) for (const message of objectsIn(value['choices'], 'message')) joinParts(message);
  if (!isCompletion(value)) throw malformed('an answer without choices', context);
  throwIfChoiceFailed(value.choices, context);
  return value;
}

/** What the choices hold under a name, as far as it is an object. */
function objectsIn(choices: unknown, name: 'message' | 'delta'): readonly Record<string, unknown>[] {
  if (!Array.isArray(choices)) return [];
  return (choices as unknown[])
    .map((choice) => (isObject(choice) ? choice[name] : null))
    .filter((held) => isObject(held));
}

/** Some services send the content as parts, of which OpenAI's form has the text. */
function joinParts(message: Record<string, unknown>): void {
  const { content } = message;
  if (!Array.isArray(content)) return;
  const parts: readonly unknown[] = content;
  message['content'] = parts
    .map((part) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

/** One chunk of a stream; `null` where it is something else, or a typed error where it is broken. */
export function readChunk(value: unknown, context: ResponseContext): CompletionChunk | null {
  if (!isObject(value) || !Array.isArray(value['choices'])) return null;
  const { choices } = value;
  for (const delta of objectsIn(choices, 'delta')) joinParts(delta);
  if (!choices.every(isChunkChoice)) throw malformed('a chunk whose choices are none', context);
  throwIfChoiceFailed(choices, context);
  return value as unknown as CompletionChunk;
}

/** Services leave out much of a choice, but what is there must be of its kind. */
function isChunkChoice(choice: unknown): choice is { readonly finish_reason?: unknown } {
  if (!isObject(choice)) return false;
  const delta = choice['delta'] ?? {};
  return isObject(delta) && isTextOrNone(delta['content']) && isListOfObjects(delta['tool_calls']);
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function isListOfObjects(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.every(isObject));
}

/** JSON that is nested deeper breaks what walks through it. */
const MAX_DEPTH = 500;
const [QUOTE, BACKSLASH, OPEN_BRACE, OPEN_BRACKET] = [0x22, 0x5c, 0x7b, 0x5b] as const;

function isTooDeep(text: string): boolean {
  if (text.length < 2 * MAX_DEPTH) return false;
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (isInString) {
      if (character === BACKSLASH) at++;
      else isInString = character !== QUOTE;
    } else if (character === QUOTE) isInString = true;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) depth++;
    else if (character === OPEN_BRACE + 2 || character === OPEN_BRACKET + 2) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** JSON of the upstream; the error tells length and kind, never the content. */
export function parseJson(text: string, context: ResponseContext): unknown {
  if (isTooDeep(text)) throw malformed(`JSON that is nested more than ${MAX_DEPTH} deep`, context);
  try {
    return JSON.parse(text);
  } catch {
    const start = text.trimStart();
    if (start === '') throw malformed('an empty body', context, { retryable: true });
    // Mostly the page of another server than the one that was meant: it says the same a second later.
    if (start.startsWith('<')) throw malformed(`an HTML or XML page of ${text.length} characters`, context);
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
function throwIfChoiceFailed(
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
    choices.every((choice) => isObject(choice) && isMessage(choice['message']))
  );
}

function isMessage(message: unknown): boolean {
  return isObject(message) && isTextOrNone(message['content']) && isListOfObjects(message['tool_calls']);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
