import type { Clock } from '../clock.js';
import { type RouteLLError, TimeoutError } from '../errors.js';
import type { CallRequest } from './request.js';

/** The time a call has, and what ends it. */
export class Deadline {
  readonly #clock: Clock;
  readonly #totalMs: number;
  readonly #onPassed: (error: TimeoutError) => void;
  #atMs = 0;
  #stopTimer: () => void = () => undefined;

  /** @param startedMs Monotonic milliseconds from which on the time counts. */
  constructor(
    clock: Clock,
    { startedMs, totalMs }: { readonly startedMs: number; readonly totalMs: number },
    onPassed: (error: TimeoutError) => void,
  ) {
    this.#clock = clock;
    this.#totalMs = totalMs;
    this.#onPassed = onPassed;
    this.#start(startedMs, totalMs);
  }

  remainingMs(): number {
    return Math.max(0, this.#atMs - this.#clock.monotonic());
  }

  /** From now on nothing passes. */
  stop(): void {
    this.#stopTimer();
  }

  /** All the time is there again. */
  restart(): void {
    this.#stopTimer();
    this.#start(this.#clock.monotonic(), this.#totalMs);
  }

  /** Runs something during which the time stands still. */
  async pausedFor<T>(wait: () => Promise<T>): Promise<T> {
    const remainingMs = this.remainingMs();
    this.#stopTimer();
    try {
      return await wait();
    } finally {
      this.#start(this.#clock.monotonic(), remainingMs);
    }
  }

  #start(nowMs: number, ms: number): void {
    this.#atMs = nowMs + ms;
    this.#stopTimer = this.#clock.startTimer(ms, () => {
      const text = `The call took longer than ${this.#totalMs} ms. Raise timeouts.totalMs or timeoutMs.`;
      this.#onPassed(new TimeoutError('total', text));
    });
  }
}

/** Whether it is the caller's own short time that passed, which says nothing of the upstream. */
export function isImpatience(error: RouteLLError, { options }: CallRequest): boolean {
  return error instanceof TimeoutError && error.phase === 'total' && options.timeoutMs !== undefined;
}
