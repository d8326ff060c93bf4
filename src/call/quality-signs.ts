import { InvalidObjectError, type InvalidObjectReason, type RouteLLError } from '../errors.js';
import { outputCapOf } from '../router/expected-output.js';
import type { CallRequest } from './request.js';
import type { ChatSuccess } from './result.js';

/** An answer, as far as it is judged. */
export type JudgedAnswer = Pick<
  ChatSuccess,
  'content' | 'message' | 'toolCalls' | 'finishReason' | 'changes' | 'model' | 'parts'
>;

/**
 * What an answer shows of itself that it was bad, and how much each sign counts where a rating counts 1. Set by
 * judgement: an answer that breaks what was asked of its form is bad; one that was cut may have been long for a
 * reason; a refusal may have been right; who asks again may want another one as well.
 */
export const SIGN_WEIGHTS = {
  'invalid-object': 0.8,
  'invalid-arguments': 0.8,
  truncated: 0.4,
  refusal: 0.3,
  'asked-again': 0.3,
} as const;

export type QualitySign = keyof typeof SIGN_WEIGHTS;

/** The sign of a failed call whose answer was of no use. */
const SIGN_OF_REASON: Readonly<Record<InvalidObjectReason, QualitySign>> = {
  'not-json': 'invalid-object',
  mismatch: 'invalid-object',
  refusal: 'refusal',
  'content-filter': 'refusal',
  length: 'truncated',
};

/** The sign that a failed call gives of its model; `null` where none. Availability is no quality. */
export function signOfError(
  { parameters, optimizes }: CallRequest & { readonly optimizes: boolean },
  error: RouteLLError,
): QualitySign | null {
  if (!(error instanceof InvalidObjectError)) return null;
  const sign = SIGN_OF_REASON[error.reason];
  return sign === 'truncated' && (optimizes || outputCapOf(parameters) < Infinity) ? null : sign;
}

/** The heaviest sign that an answer gives; `null` where none. */
export function signOfAnswer(request: CallRequest, answer: JudgedAnswer): QualitySign | null {
  const { finishReason, message, changes } = answer;
  if (finishReason === 'content_filter' || isText(message.refusal)) return 'refusal';
  if (finishReason !== 'length') return signOfForm(request, answer);
  return outputCapOf(request.parameters) < Infinity || changes.length > 0 ? null : 'truncated';
}

function signOfForm(
  { parameters, options }: CallRequest,
  { content, toolCalls }: JudgedAnswer,
): QualitySign | null {
  if (toolCalls.some((call) => call.type === 'function' && !isArguments(call.function.arguments))) {
    return 'invalid-arguments';
  }
  // What the caller's own schema judges has failed the call, or is right.
  if (options.responseSchema !== undefined || toolCalls.length > 0) return null;
  const { type = 'text' } = parameters.response_format ?? {};
  return type !== 'text' && !isJson(content) ? 'invalid-object' : null;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/** Some models call a tool that takes nothing with no arguments at all. */
function isArguments(text: string): boolean {
  return typeof text !== 'string' || text.trim() === '' || isJson(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
