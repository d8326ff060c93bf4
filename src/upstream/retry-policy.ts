import type { Random } from '../clock.js';
import {
  RateLimitExceededError,
  type RouteLLError,
  type RouteLLErrorCode,
  UpstreamError,
} from '../errors.js';

/** What a failure allows, whatever is left of the plan and the budget. */
export interface FailureVerdict {
  /** The same target may do better after a wait; `at-once` where it will do otherwise: another key, or a repair. */
  readonly retrySame: boolean | 'at-once';
  /**
   * Another model may do better; `other-group` where every model of the account shares the failure,
   * `unlimited` where those do not that bill nothing.
   */
  readonly fallBack: 'any' | 'unlimited' | 'other-group' | 'no';
}

const RETRY_OR_NEXT: FailureVerdict = { retrySame: true, fallBack: 'any' };
const NEXT_ONLY: FailureVerdict = { retrySame: false, fallBack: 'any' };
const UNLIMITED_ONLY: FailureVerdict = { retrySame: false, fallBack: 'unlimited' };
/** Also that of a refused key once the call has had its change of every key. */
export const OTHER_ACCOUNT_ONLY: FailureVerdict = { retrySame: false, fallBack: 'other-group' };
const WITH_ANOTHER_KEY: FailureVerdict = { retrySame: 'at-once', fallBack: 'other-group' };
/** That of a request that is now made otherwise. */
export const REPAIRED: FailureVerdict = { retrySame: 'at-once', fallBack: 'no' };
const STOP: FailureVerdict = { retrySame: false, fallBack: 'no' };

const ifRetryable = (error: RouteLLError): FailureVerdict => (error.retryable ? RETRY_OR_NEXT : NEXT_ONLY);

const VERDICTS: Readonly<Record<RouteLLErrorCode, (error: RouteLLError) => FailureVerdict>> = {
  // The models of one account share its limits: they wait together.
  'rate-limit': (error) => ({ retrySame: error.retryable, fallBack: 'other-group' }),
  timeout: ifRetryable,
  upstream: ifRetryable,
  'malformed-response': ifRetryable,
  'incomplete-stream': ifRetryable,
  authentication: (error) => (error.retryable ? WITH_ANOTHER_KEY : OTHER_ACCOUNT_ONLY),
  'credits-exhausted': () => UNLIMITED_ONLY,
  'invalid-request': (error) => (error instanceof UpstreamError && error.status === 404 ? NEXT_ONLY : STOP),
  budget: () => NEXT_ONLY,
  configuration: () => STOP,
  'no-model': () => STOP,
  'queue-full': () => STOP,
  aborted: () => STOP,
  'all-models-failed': () => STOP,
  store: () => STOP,
  closed: () => STOP,
};

/** What is retried, on what, and what never is. Only for failures before the first token. */
export function judgeFailure(error: RouteLLError): FailureVerdict {
  return VERDICTS[error.code](error);
}

/**
 * What a lease that was refused before anything was sent allows: a breaker or a budget may let another
 * model through, our own rate limit another account; waiting for the same is never worth it.
 */
export function judgeRefusal(error: RouteLLError): FailureVerdict {
  if (error.code === 'upstream' || error.code === 'budget') return NEXT_ONLY;
  return error.code === 'rate-limit' ? OTHER_ACCOUNT_ONLY : STOP;
}

/** The time the upstream asked for, in milliseconds; 0 where it did not. */
export function requestedWaitMs(error: RouteLLError): number {
  if (error instanceof RateLimitExceededError) return error.retryAfterMs;
  return error instanceof UpstreamError ? (error.retryAfterMs ?? 0) : 0;
}

const LONGEST_BACKOFF_MS = 30_000;

interface BackoffOptions {
  readonly retryDelayMs: number;
  readonly random: Random;
}

/**
 * Exponential back-off with full jitter.
 * Source: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog 2015.
 * @param retries Retries so far on this target.
 */
export function jitteredMs(retries: number, { retryDelayMs, random }: BackoffOptions): number {
  return random() * Math.min(LONGEST_BACKOFF_MS, retryDelayMs * 2 ** retries);
}

/** The back-off, never below what the upstream asked for. */
export function backoffMs(error: RouteLLError, retries: number, options: BackoffOptions): number {
  return Math.max(requestedWaitMs(error), jitteredMs(retries, options));
}
