import { type Clock, systemClock } from '../clock.js';
import { RouteLLError } from '../errors.js';
import type { EventSink } from '../events.js';
import { memoryLimitsStore } from '../stores/memory-limits.js';
import type { LimitAmount, LimitsDecision, LimitsStore, WindowUsage } from '../stores.js';
import type { MaybePromise } from '../types.js';
import { Gate, isPromise } from './gate.js';
import { limitWindows, type RateLimits, type ResolvedRateLimits, resolveRateLimits } from './limits.js';
import {
  abortedBy,
  DEFAULT_PRIORITY,
  faultOf,
  invalid,
  isCount,
  type PermitLease,
  type PermitRequest,
  tokensFault,
} from './permit.js';
import { SLOT_RETRY_MS, type Waiter, WaitingLine } from './waiting-line.js';

export type { RateLimits, ResolvedRateLimits } from './limits.js';
export type { PermitLease, PermitOutcome, PermitRequest } from './permit.js';

export interface RateLimiterOptions {
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
  /** Where the windows are counted. @default in memory */
  readonly store?: LimitsStore | undefined;
  /** Told `limit-wait` once for each request that waits, and `limit-deny`. */
  readonly events?: EventSink | undefined;
  /** Under which the store counts: limiters of one key share its limits. @default 'default' */
  readonly key?: string | undefined;
}

/** A window, and what is left of it. */
export interface RemainingUsage extends WindowUsage {
  readonly remaining: number;
}

/** What the limits have counted and what they hold back. */
export interface LimiterUsage {
  readonly windows: readonly RemainingUsage[];
  readonly waiting: number;
  readonly inFlight: number;
  readonly maxConcurrent: number | null;
  /** Milliseconds for which the upstream asked to be left alone. */
  readonly pausedMs: number;
}

/**
 * Keeps requests within limits: burst, minute, hour, tokens, concurrency, and the upstream's own
 * `Retry-After`. All windows admit a request, or none is charged. Waiting is in order of arrival
 * within a priority, and never overtaken by a smaller request. On monotonic time only.
 */
export class RateLimiter {
  /** The limits that hold, defaults filled in. */
  readonly limits: ResolvedRateLimits;
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #line: WaitingLine;
  #isClosed = false;

  /** @throws ConfigurationError with field `rateLimits.<name>` */
  constructor(limits: RateLimits = {}, options: RateLimiterOptions = {}) {
    this.limits = resolveRateLimits(limits);
    this.#clock = options.clock ?? systemClock;
    this.#gate = new Gate({
      windows: limitWindows(this.limits),
      maxConcurrent: this.limits.maxConcurrent ?? Infinity,
      clock: this.#clock,
      store: options.store ?? memoryLimitsStore(),
      key: options.key ?? 'default',
    });
    this.#line = new WaitingLine(this.#gate, options.events);
    this.#gate.onFreed = () => {
      this.#line.advance();
    };
  }

  /** Whether a request would be admitted at once. Takes nothing. */
  canMakeRequest(): boolean {
    return this.getWaitTimeMs() === 0;
  }

  /** Counts a request that was sent without `acquire`. @throws InvalidRequestError */
  recordRequest(tokens = 0): void {
    const fault = tokensFault(tokens);
    if (fault !== undefined) throw fault;
    const done = this.#gate.record({ requests: 1, tokens: Math.ceil(tokens) });
    // There is nobody to tell; an asynchronous store answers for its own failures.
    if (isPromise(done)) done.catch(() => undefined);
  }

  /** Seconds until a request would be admitted, at the earliest; 0 where it would be now. */
  getWaitTime(): number {
    return this.getWaitTimeMs() / 1000;
  }

  /**
   * Milliseconds until a request would be admitted, at the earliest; 0 where it would be now, Infinity once closed.
   * @throws InvalidRequestError
   */
  getWaitTimeMs(request: Pick<PermitRequest, 'tokens' | 'priority'> = {}): number {
    const fault = faultOf(request);
    if (fault !== undefined) throw fault;
    if (this.#isClosed) return Infinity;
    const ahead = this.#line.ahead(request.priority ?? DEFAULT_PRIORITY);
    const { waitMs } = this.#gate.foresee(this.#amountOf(request.tokens), ahead);
    return waitMs === 0 && !this.#isOpen() ? SLOT_RETRY_MS : waitMs;
  }

  /** What is counted now; with an asynchronous store, what it last answered. */
  getCurrentUsage(): LimiterUsage {
    return {
      windows: this.#gate
        .usage()
        .map((usage) => ({ ...usage, remaining: Math.max(0, usage.limit - usage.used) })),
      waiting: this.#line.size,
      inFlight: this.#gate.inFlight,
      maxConcurrent: this.limits.maxConcurrent,
      pausedMs: Math.max(0, this.#gate.heldUntilMs - this.#clock.monotonic()),
    };
  }

  /**
   * Leave to send one request, at once or after a wait. More tokens than the minute allows count as all of it.
   * Rejects with RateLimitExceededError as soon as the wait is known to be beyond `maxWaitMs`, with code
   * `aborted` (or the signal's own error) or `closed`, and with InvalidRequestError.
   */
  acquire(request: PermitRequest = {}): Promise<PermitLease> {
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) return Promise.reject(refusal);
    const amount = this.#amountOf(request.tokens);
    const nowMs = this.#clock.monotonic();
    let asked: MaybePromise<LimitsDecision> | undefined;
    if (this.#isOpen() && nowMs >= this.#gate.heldUntilMs) {
      asked = this.#gate.take(amount, nowMs);
      if (!isPromise(asked) && asked.granted) return Promise.resolve(this.#gate.admit(amount, nowMs));
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        amount,
        priority: request.priority ?? DEFAULT_PRIORITY,
        callId: request.callId ?? '',
        deadlineMs: nowMs + (request.maxWaitMs ?? Infinity),
        resolve,
        reject,
        index: -1,
        sequence: 0,
        isExpired: false,
        isTold: false,
        unwatch: () => undefined,
      };
      this.#line.join(waiter, nowMs, asked);
      this.#line.watch(waiter, request.signal);
    });
  }

  /**
   * Admits nothing for `retryAfterMs` from now: what an upstream asked for. Never shortens a longer pause.
   * @throws InvalidRequestError
   */
  pause(retryAfterMs: number): void {
    if (!isCount(retryAfterMs)) {
      throw invalid('retryAfterMs', 'milliseconds of at least 0', retryAfterMs);
    }
    const untilMs = this.#clock.monotonic() + retryAfterMs;
    if (retryAfterMs === 0 || untilMs <= this.#gate.heldUntilMs) return;
    this.#gate.heldUntilMs = untilMs;
    this.#line.denyBefore(untilMs, { waitMs: Math.ceil(retryAfterMs), window: 'retry-after' });
    this.#line.advance();
  }

  /** Rejects all who wait and all who come later, with code `closed`. Leases in use may still be given back. */
  close(): void {
    this.#isClosed = true;
    this.#line.rejectAll(closedError);
  }

  #amountOf(tokens = 0): LimitAmount {
    return { requests: 1, tokens: Math.min(Math.ceil(tokens), this.limits.tokensPerMinute ?? Infinity) };
  }

  #refusalOf(request: PermitRequest): RouteLLError | undefined {
    const fault = faultOf(request);
    if (fault !== undefined) return fault;
    if (this.#isClosed) return closedError();
    return request.signal?.aborted === true ? abortedBy(request.signal) : undefined;
  }

  /** Whether a newcomer is tried at once. */
  #isOpen(): boolean {
    return this.#line.isEmpty && this.#gate.hasSlot;
  }
}

function closedError(): RouteLLError {
  return new RouteLLError('closed', 'The rate limiter is closed. Make a new one, or a new client.');
}
