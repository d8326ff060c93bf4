import type { Clock } from '../clock.js';
import type { LimitAmount, LimitsDecision, LimitsStore, LimitsView, LimitWindow } from '../stores.js';
import type { MaybePromise } from '../types.js';
import { type Blockage, forecastWait } from './forecast.js';
import { isCount, type PermitLease, permitLease, type PermitOutcome } from './permit.js';

interface GateOptions {
  readonly windows: readonly LimitWindow[];
  /** Infinity for no limit. */
  readonly maxConcurrent: number;
  readonly clock: Clock;
  readonly store: LimitsStore;
  readonly key: string;
}

const ONE_REQUEST: LimitAmount = { requests: 1, tokens: 0 };

/** What the store said of an amount, and when. */
interface Answer {
  readonly view: LimitsView;
  readonly amount: LimitAmount;
  readonly atMs: number;
}

/** What decides whether one request may pass now: the windows, the slots, the upstream's pause. */
export class Gate {
  readonly clock: Clock;
  /** Monotonic milliseconds before which nothing passes. */
  heldUntilMs = -Infinity;
  readonly #windows: readonly LimitWindow[];
  readonly #maxConcurrent: number;
  readonly #store: LimitsStore;
  readonly #key: string;
  #inFlight = 0;
  #last: Answer;
  #isRefreshing = false;
  /** Called when something came free. */
  onFreed: () => void = () => undefined;

  constructor({ windows, maxConcurrent, clock, store, key }: GateOptions) {
    this.clock = clock;
    this.#windows = windows;
    this.#maxConcurrent = maxConcurrent;
    this.#store = store;
    this.#key = key;
    const view = { waitMs: 0, windows: windows.map((window) => unused(window)) };
    this.#last = { view, amount: { requests: 0, tokens: 0 }, atMs: clock.monotonic() };
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get hasSlot(): boolean {
    return this.#inFlight < this.#maxConcurrent;
  }

  take(amount: LimitAmount, nowMs: number): MaybePromise<LimitsDecision> {
    try {
      return this.#store.take(this.#key, this.#windows, amount, nowMs);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Gives back a take that nobody wants any more; where that fails, the limit is the stricter for it. */
  async discard(amount: LimitAmount, takenAtMs: number): Promise<void> {
    try {
      await this.#refund(amount, takenAtMs);
    } catch {
      // Nobody is left to be told.
    }
  }

  record(amount: LimitAmount): MaybePromise<void> {
    return this.#store.record(this.#key, this.#windows, amount, this.clock.monotonic());
  }

  /** The lease of a granted take. */
  admit(amount: LimitAmount, takenAtMs: number): PermitLease {
    this.#inFlight += 1;
    return permitLease((outcome) => {
      this.#inFlight -= 1;
      try {
        const done =
          outcome === null ? this.#refund(amount, takenAtMs) : this.#correct(amount, takenAtMs, outcome);
        return isPromise(done) ? done.finally(() => this.onFreed()) : done;
      } finally {
        this.onFreed();
      }
    });
  }

  /** What the windows say; an asynchronous store is asked, and what it said last is given. */
  usage(): LimitsView['windows'] {
    return this.#ask(ONE_REQUEST, this.clock.monotonic()).view.windows;
  }

  /** Keeps what an asynchronous store answered. */
  remember(view: LimitsView, amount: LimitAmount): void {
    this.#last = { view, amount, atMs: this.clock.monotonic() };
  }

  /** What keeps an amount that stands behind `ahead`; `decision` where the store has just answered for it. */
  foresee(amount: LimitAmount, ahead: LimitAmount, decision?: LimitsView): Blockage {
    const nowMs = this.clock.monotonic();
    const answer =
      decision === undefined ? this.#ask(amount, nowMs) : { view: decision, amount, atMs: nowMs };
    // The wait of a smaller amount is a lower bound for this one; that of a larger one says nothing.
    const isBound = answer.amount.requests <= amount.requests && answer.amount.tokens <= amount.tokens;
    const view = isBound ? answer.view : { ...answer.view, waitMs: 0 };
    const { waitMs, window } = forecastWait(this.#windows, view, ahead, amount);
    const windowMs = Math.ceil(waitMs - (nowMs - answer.atMs));
    const heldMs = Math.ceil(this.heldUntilMs - nowMs);
    if (heldMs > Math.max(0, windowMs)) return { waitMs: heldMs, window: 'retry-after' };
    if (windowMs > 0) return { waitMs: windowMs, window };
    return { waitMs: 0, window: this.hasSlot ? 'queue' : 'concurrency' };
  }

  #ask(amount: LimitAmount, atMs: number): Answer {
    // Without windows there is nothing to ask a store for.
    if (this.#isRefreshing || this.#windows.length === 0) return this.#last;
    try {
      const view = this.#store.peek(this.#key, this.#windows, amount, atMs);
      if (!isPromise(view)) return { view, amount, atMs };
      this.#isRefreshing = true;
      void this.#refresh(view, amount);
    } catch {
      // A store that fails says so to those who take; a forecast is only advice.
    }
    return this.#last;
  }

  async #refresh(view: Promise<LimitsView>, amount: LimitAmount): Promise<void> {
    try {
      this.remember(await view, amount);
    } catch {
      // As in #ask.
    } finally {
      this.#isRefreshing = false;
    }
  }

  #refund(amount: LimitAmount, takenAtMs: number): MaybePromise<void> {
    return this.#store.refund(this.#key, this.#windows, amount, takenAtMs, this.clock.monotonic());
  }

  /** What was used beyond the estimate is recorded, what was not used is given back. */
  #correct(
    { tokens: expected }: LimitAmount,
    takenAtMs: number,
    { tokens }: PermitOutcome,
  ): MaybePromise<void> {
    // A figure that is none says nothing about what was used: the estimate stands.
    if (tokens === undefined || !isCount(tokens)) return;
    const beyond = Math.ceil(tokens) - expected;
    if (beyond > 0) return this.record({ requests: 0, tokens: beyond });
    if (beyond < 0) return this.#refund({ requests: 0, tokens: -beyond }, takenAtMs);
  }
}

function unused({ name, unit, limit, windowMs }: LimitWindow): LimitsView['windows'][number] {
  return { name, unit, used: 0, limit, windowMs };
}

export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === 'function';
}
