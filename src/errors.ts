import type { AttemptRow } from './stores.js';
import type { RouteLLErrorCode } from './types.js';

export type { RouteLLErrorCode };

export interface RouteLLErrorOptions {
  readonly cause?: unknown;
  /** Whether the same call may succeed later. @default false */
  readonly retryable?: boolean;
}

const BRAND = Symbol.for('routell.error');

/** The base of every error this library gives. `code` says what it is, `message` what to do next. */
export class RouteLLError extends Error {
  override readonly name: string = 'RouteLLError';
  readonly code: RouteLLErrorCode;
  readonly retryable: boolean;
  /** The call that failed, once it had an id. */
  callId?: string;
  /** What was tried, and what it cost, once there was an attempt. */
  attempts?: readonly AttemptRow[];

  constructor(code: RouteLLErrorCode, message: string, options: RouteLLErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for errors of this library, also those of another copy of it in the process. */
  static isInstance(value: unknown): value is RouteLLError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }

  /** The error as plain JSON: no stack, no cause, no content. */
  toJSON(): Record<string, unknown> {
    return { ...(this as object), name: this.name, message: this.message };
  }
}

/** An option of the client that makes no sense. @see field */
export class ConfigurationError extends RouteLLError {
  override readonly name = 'ConfigurationError';
  /** Path of the option, as `rateLimits.burst`. */
  readonly field: string;

  constructor(field: string, message: string, options?: RouteLLErrorOptions) {
    super('configuration', message, options);
    this.field = field;
  }
}

/**
 * An argument of one call that makes no sense. Nothing was sent, unless `field` is `responseSchema` and the
 * schema failed at an answer: what was paid for that stands in `attempts`.
 */
export class InvalidRequestError extends RouteLLError {
  override readonly name = 'InvalidRequestError';
  /** Path of the argument, as `messages[0].role`. */
  readonly field: string;

  constructor(field: string, message: string, options?: RouteLLErrorOptions) {
    super('invalid-request', message, options);
    this.field = field;
  }
}

/** A model that was considered and why it could not be used. */
export interface ConsideredModel {
  readonly model: string;
  readonly reason: string;
}

/** No model satisfies what the request needs and the caller allows. */
export class NoModelAvailableError extends RouteLLError {
  override readonly name = 'NoModelAvailableError';
  readonly considered: readonly ConsideredModel[];

  constructor(message: string, considered: readonly ConsideredModel[]) {
    super('no-model', message);
    this.considered = considered;
  }
}

/** A rate limit, ours or the upstream's, does not admit the call in the time it has. */
export class RateLimitExceededError extends RouteLLError {
  override readonly name = 'RateLimitExceededError';
  /** Milliseconds until it may be tried again, counted from when the error was made. */
  readonly retryAfterMs: number;
  /** The provider whose limit it is; absent where it is our own. */
  readonly provider?: string;

  constructor(
    message: string,
    data: { readonly retryAfterMs: number; readonly provider?: string },
    options?: RouteLLErrorOptions,
  ) {
    super('rate-limit', message, { retryable: true, ...options });
    this.retryAfterMs = data.retryAfterMs;
    if (data.provider !== undefined) this.provider = data.provider;
  }
}

/** A hard budget does not cover the attempt. Nothing was sent for it. */
export class BudgetExceededError extends RouteLLError {
  override readonly name = 'BudgetExceededError';
  /** The budget that refused, as `day` or `session`. */
  readonly scope: string;
  /** What is left of it, in USD; `null` where it is a budget in credits. */
  readonly remainingUsd: number | null;
  /** What is left of it, in credits; `null` where it is a budget in USD. */
  readonly remainingCredits: number | null;
  /** Epoch milliseconds at which it starts anew; `null` where it never does. */
  readonly resetsAt: number | null;

  constructor(
    message: string,
    data: Pick<BudgetExceededError, 'scope' | 'remainingUsd' | 'remainingCredits' | 'resetsAt'>,
  ) {
    super('budget', message);
    this.scope = data.scope;
    this.remainingUsd = data.remainingUsd;
    this.remainingCredits = data.remainingCredits;
    this.resetsAt = data.resetsAt;
  }
}

/** The upstream answered with an error, or with something that is no answer, or not at all. */
export class UpstreamError extends RouteLLError {
  override readonly name = 'UpstreamError';
  /** HTTP status; `null` where no response arrived. */
  readonly status: number | null;
  readonly provider: string;
  readonly requestId: string | null;
  /** Milliseconds the upstream asked to wait; `null` where it did not. */
  readonly retryAfterMs: number | null;

  constructor(
    code: Extract<
      RouteLLErrorCode,
      'upstream' | 'authentication' | 'credits-exhausted' | 'invalid-request' | 'malformed-response'
    >,
    message: string,
    data: Pick<UpstreamError, 'status' | 'provider' | 'requestId' | 'retryAfterMs'>,
    options?: RouteLLErrorOptions,
  ) {
    super(code, message, options);
    this.status = data.status;
    this.provider = data.provider;
    this.requestId = data.requestId;
    this.retryAfterMs = data.retryAfterMs;
  }
}

/** A stream ended before the upstream said that it was complete. */
export class IncompleteStreamError extends RouteLLError {
  override readonly name = 'IncompleteStreamError';
  /** The text that did arrive. Not enumerable: absent from JSON and inspection. */
  declare readonly partial: string;

  constructor(message: string, partial: string, options?: RouteLLErrorOptions) {
    super('incomplete-stream', message, { retryable: true, ...options });
    Object.defineProperty(this, 'partial', { value: partial, enumerable: false });
  }
}

/** Why an answer is not the object that was asked for. */
export type InvalidObjectReason = 'refusal' | 'length' | 'content-filter' | 'not-json' | 'mismatch';

/** What a schema finds wrong with a value, and where. */
export interface ObjectIssue {
  readonly message: string;
  readonly path: readonly PropertyKey[];
}

/** The upstream answered, and was paid, but the answer is not what `responseSchema` asks for. */
export class InvalidObjectError extends RouteLLError {
  override readonly name = 'InvalidObjectError';
  readonly reason: InvalidObjectReason;
  /** What the schema found; empty unless `reason` is `mismatch`. Not enumerable: it may repeat the answer. */
  declare readonly issues: readonly ObjectIssue[];
  /** The answer as it came. Not enumerable: absent from JSON and inspection. */
  declare readonly text: string;

  constructor(
    message: string,
    { reason, issues, text }: Pick<InvalidObjectError, 'reason' | 'issues' | 'text'>,
  ) {
    super('malformed-response', message, { retryable: true });
    this.reason = reason;
    Object.defineProperty(this, 'issues', { value: issues, enumerable: false });
    Object.defineProperty(this, 'text', { value: text, enumerable: false });
  }
}

/** A store cannot keep what it was given, or give what it kept. */
export class StoreError extends RouteLLError {
  override readonly name = 'StoreError';
  /** The file or folder. */
  readonly path: string;
  /** What the system says, as `ENOSPC`; `null` where it is not the system. */
  readonly systemCode: string | null;

  constructor(
    message: string,
    { path, systemCode }: Pick<StoreError, 'path' | 'systemCode'>,
    options?: RouteLLErrorOptions,
  ) {
    super('store', message, options);
    this.path = path;
    this.systemCode = systemCode;
  }
}

/** Where a call was when its time ran out. */
export type TimeoutPhase = 'queue' | 'connect' | 'headers' | 'first-token' | 'idle' | 'total';

/** A time limit passed. */
export class TimeoutError extends RouteLLError {
  override readonly name = 'TimeoutError';
  readonly phase: TimeoutPhase;

  constructor(phase: TimeoutPhase, message: string, options?: RouteLLErrorOptions) {
    super('timeout', message, { retryable: true, ...options });
    this.phase = phase;
  }
}

/** Every model of the plan failed. `errors` holds the reason of each attempt, in order. */
export class AllModelsFailedError extends RouteLLError {
  override readonly name = 'AllModelsFailedError';
  readonly errors: readonly RouteLLError[];

  constructor(message: string, errors: readonly RouteLLError[]) {
    super('all-models-failed', message, {
      cause: errors.at(-1),
      retryable: errors.some((error) => error.retryable),
    });
    this.errors = errors;
  }
}

/** Whatever was thrown, as an error of this library. */
export function asRouteLLError(error: unknown): RouteLLError {
  if (RouteLLError.isInstance(error)) return error;
  return new RouteLLError('upstream', `An unexpected error ended the call: ${describeThrown(error)}`, {
    cause: error,
  });
}

/** Whatever was thrown, in words; itself it never throws. */
export function describeThrown(thrown: unknown): string {
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return typeof thrown === 'string' ? thrown : `a value of type ${typeof thrown} was thrown`;
}
