import { InvalidRequestError, RouteLLError } from '../errors.js';
import type { Lease, MaybePromise } from '../types.js';

/** What is asked of the limiter for one request. */
export interface PermitRequest {
  /** Tokens it is expected to use, input and output. @default 0 */
  readonly tokens?: number | undefined;
  /** 0..9, lower first. @default 5 */
  readonly priority?: number | undefined;
  /** Once aborted, the wait ends at once and nothing is counted. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait in milliseconds; 0 never waits. @default Infinity */
  readonly maxWaitMs?: number | undefined;
  /** The call it is for, told in events. @default '' */
  readonly callId?: string | undefined;
}

/** What a request turned out to use. */
export interface PermitOutcome {
  /** Tokens used, input and output. @default what was expected */
  readonly tokens?: number | undefined;
}

/**
 * Leave to send one request. `settle` ends it and corrects the tokens to what was used;
 * `release` gives everything back, because nothing was sent.
 */
export type PermitLease = Lease<PermitOutcome>;

export const DEFAULT_PRIORITY = 5;
const LOWEST_PRIORITY = 9;

/** A lease that ends once: `end` is told the outcome, or `null` where it was released. */
export function permitLease(end: (outcome: PermitOutcome | null) => MaybePromise<void>): PermitLease {
  let isHeld = true;
  const endOnce = (outcome: PermitOutcome | null): MaybePromise<void> => {
    if (!isHeld) return;
    isHeld = false;
    return end(outcome);
  };
  return { settle: endOnce, release: () => endOnce(null) };
}

/** What makes a request one that cannot be answered, if anything does. */
export function faultOf({ tokens, priority, maxWaitMs }: PermitRequest): InvalidRequestError | undefined {
  if (
    priority !== undefined &&
    !(Number.isInteger(priority) && priority >= 0 && priority <= LOWEST_PRIORITY)
  ) {
    return invalid('priority', 'a whole number from 0 (first) to 9 (last)', priority);
  }
  if (maxWaitMs !== undefined && !(maxWaitMs >= 0)) {
    return invalid('maxWaitMs', 'milliseconds of at least 0, or Infinity', maxWaitMs);
  }
  return tokens === undefined ? undefined : tokensFault(tokens);
}

export function tokensFault(tokens: number): InvalidRequestError | undefined {
  return isCount(tokens) ? undefined : invalid('tokens', 'a number of tokens of at least 0', tokens);
}

export function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

export function invalid(field: string, expected: string, got: unknown): InvalidRequestError {
  return new InvalidRequestError(field, `${field}: expected ${expected}, got ${String(got)}.`);
}

/** The error of a wait that its signal ended: the signal's reason where that is ours already. */
export function abortedBy(signal: AbortSignal): RouteLLError {
  const reason: unknown = signal.reason;
  if (RouteLLError.isInstance(reason)) return reason;
  return new RouteLLError('aborted', 'The call was aborted before the rate limit admitted it.', {
    cause: reason,
  });
}
