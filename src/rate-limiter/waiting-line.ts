import type { Clock } from '../clock.js';
import { RateLimitExceededError, RouteLLError } from '../errors.js';
import type { EventSink } from '../events.js';
import type { LimitAmount, LimitsDecision } from '../stores.js';
import type { MaybePromise } from '../types.js';
import { AbortWatch } from '../abort-watch.js';
import type { Blockage } from './forecast.js';
import { type Gate, isPromise } from './gate.js';
import { abortedBy, type PermitLease } from './permit.js';
import { type Queued, WaiterQueue } from './waiter-queue.js';

export interface Waiter extends Queued {
  readonly callId: string;
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
  readonly resolve: (lease: PermitLease) => void;
  readonly reject: (error: RouteLLError) => void;
  isExpired: boolean;
  isTold: boolean;
  /** Stops its timer and its listener. */
  unwatch: () => void;
}

/** A slot has no time at which it is known to come free: this often it is worth asking again. */
export const SLOT_RETRY_MS = 100;
/** What an asynchronous store may take to answer a waiter whose time is over. */
const STORE_GRACE_MS = 50;

const NOBODY: LimitAmount = { requests: 0, tokens: 0 };

/**
 * Those who wait before a gate. Only the head is tried, by one timer, so that nobody is overtaken
 * within a priority. A waiter leaves once: admitted, denied, aborted or closed.
 */
export class WaitingLine {
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #events: EventSink | undefined;
  readonly #queue = new WaiterQueue<Waiter>();
  readonly #aborts = new AbortWatch<Waiter>((waiters, signal) => {
    for (const waiter of waiters) {
      this.#leave(waiter);
      waiter.reject(abortedBy(signal));
    }
    // Only now: trying the next earlier could admit one whose signal is aborted.
    this.advance();
  });
  /** For whom an asynchronous store is being asked. */
  #asking: Waiter | undefined;
  /** Whether something changed while it was. */
  #isStale = false;
  #stopTimer: () => void = () => undefined;

  constructor(gate: Gate, events: EventSink | undefined) {
    this.#gate = gate;
    this.#clock = gate.clock;
    this.#events = events;
  }

  get size(): number {
    return this.#queue.size;
  }

  /** Whether a newcomer would be the first to be tried. */
  get isEmpty(): boolean {
    return this.#queue.size === 0 && this.#asking === undefined;
  }

  ahead(priority: number): LimitAmount {
    return this.#queue.ahead(priority);
  }

  /** Adds a waiter; `asked` where the empty line's gate was asked for it at `nowMs` already. */
  join(waiter: Waiter, nowMs: number, asked?: MaybePromise<LimitsDecision>): void {
    const ahead = this.#queue.ahead(waiter.priority);
    this.#queue.push(waiter);
    if (asked !== undefined) this.#hear(waiter, nowMs, asked);
    else if (this.#queue.head === waiter) this.advance();
    else this.#block(waiter, this.#gate.foresee(waiter.amount, ahead));
  }

  /** Ends the wait of one who is still in line when its time or its signal is over. */
  watch(waiter: Waiter, signal: AbortSignal | undefined): void {
    if (waiter.index < 0) return;
    const remainingMs = waiter.deadlineMs - this.#clock.monotonic();
    let stopTimer = this.#clock.startTimer(remainingMs, () => {
      waiter.isExpired = true;
      if (this.#queue.head === waiter) this.advance();
      if (this.#asking !== waiter) this.#expire(waiter);
      else stopTimer = this.#clock.startTimer(STORE_GRACE_MS, () => this.#expire(waiter));
    });
    if (signal !== undefined) this.#aborts.add(signal, waiter);
    waiter.unwatch = () => {
      stopTimer();
      if (signal !== undefined) this.#aborts.remove(signal, waiter);
    };
  }

  /** Tries the head again, and all behind it until one has to wait. */
  advance(): void {
    if (this.#asking !== undefined) {
      this.#isStale = true;
      return;
    }
    this.#stopTimer();
    let mayTryNext = true;
    while (mayTryNext && this.#queue.head !== undefined) mayTryNext = this.#tryHead(this.#queue.head);
  }

  /** Denies at once all whose deadline is before `atMs`. */
  denyBefore(atMs: number, blockage: Blockage): void {
    for (const waiter of this.#queue.all()) if (waiter.deadlineMs < atMs) this.#deny(waiter, blockage);
  }

  rejectAll(reason: () => RouteLLError): void {
    for (const waiter of this.#queue.all()) {
      this.#leave(waiter);
      waiter.reject(reason());
    }
    this.#stopTimer();
  }

  /** Whether it left the line, so that the next may be tried. */
  #tryHead(head: Waiter): boolean {
    // A listener that was told of the last one may have made the store be asked again.
    if (this.#asking !== undefined) return false;
    const nowMs = this.#clock.monotonic();
    if (!this.#gate.hasSlot || nowMs < this.#gate.heldUntilMs) {
      return this.#block(head, this.#gate.foresee(head.amount, NOBODY));
    }
    return this.#hear(head, nowMs, this.#gate.take(head.amount, nowMs));
  }

  #hear(waiter: Waiter, askedAtMs: number, decision: MaybePromise<LimitsDecision>): boolean {
    if (!isPromise(decision)) return this.#obey(waiter, askedAtMs, decision);
    this.#asking = waiter;
    decision.then(
      (answer) => {
        const isStale = this.#endAsking();
        this.#gate.remember(answer, waiter.amount);
        const hasLeft = this.#obey(waiter, askedAtMs, answer);
        if (hasLeft || isStale) this.advance();
      },
      (error: unknown) => {
        this.#endAsking();
        this.#leave(waiter);
        waiter.reject(storeError(error));
        this.advance();
      },
    );
    return false;
  }

  #endAsking(): boolean {
    const isStale = this.#isStale;
    this.#asking = undefined;
    this.#isStale = false;
    return isStale;
  }

  /** Whether the next may be tried. */
  #obey(waiter: Waiter, askedAtMs: number, decision: LimitsDecision): boolean {
    const isWaiting = waiter.index >= 0;
    if (!decision.granted) {
      return !isWaiting || this.#block(waiter, this.#gate.foresee(waiter.amount, NOBODY, decision));
    }
    if (isWaiting && this.#clock.monotonic() >= this.#gate.heldUntilMs) {
      this.#leave(waiter);
      waiter.resolve(this.#gate.admit(waiter.amount, askedAtMs));
    } else void this.#gate.discard(waiter.amount, askedAtMs);
    return true;
  }

  /** Denies a waiter that has not the time, else lets it wait: the head until the wait is over. */
  #block(waiter: Waiter, blockage: Blockage): boolean {
    const nowMs = this.#clock.monotonic();
    const { waitMs, window } = blockage;
    if (waiter.isExpired || nowMs >= waiter.deadlineMs || nowMs + waitMs > waiter.deadlineMs) {
      this.#deny(waiter, blockage);
      return true;
    }
    if (waitMs > 0 && this.#queue.head === waiter) {
      this.#stopTimer();
      this.#stopTimer = this.#clock.startTimer(waitMs, () => this.advance());
    }
    // Standing behind one for whom a store is being asked is no wait for a limit yet.
    const isForLimit = waitMs > 0 || this.#asking === undefined;
    if (isForLimit && !waiter.isTold) {
      waiter.isTold = true;
      const { callId } = waiter;
      this.#events?.emit('limit-wait', { callId, at: this.#clock.now(), waitMs, window });
    }
    return false;
  }

  #expire(waiter: Waiter): void {
    if (waiter.index < 0) return;
    this.#deny(waiter, this.#gate.foresee(waiter.amount, NOBODY));
  }

  #deny(waiter: Waiter, { waitMs, window }: Blockage): void {
    this.#leave(waiter);
    const retryAfterMs = waitMs > 0 ? waitMs : SLOT_RETRY_MS;
    const message =
      `The rate limit '${window}' does not admit the call in the time it may wait. ` +
      `Try again in ${retryAfterMs} ms, let calls wait longer, or raise rateLimits.`;
    waiter.reject(new RateLimitExceededError(message, { retryAfterMs }));
    const { callId } = waiter;
    this.#events?.emit('limit-deny', { callId, at: this.#clock.now(), retryAfterMs, window });
  }

  #leave(waiter: Waiter): void {
    this.#queue.remove(waiter);
    waiter.unwatch();
  }
}

function storeError(cause: unknown): RouteLLError {
  return new RouteLLError('rate-limit', 'The store of the rate limits failed: nothing was sent. Try again.', {
    cause,
    retryable: true,
  });
}
