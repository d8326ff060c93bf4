import type { Clock } from '../clock.js';
import type { BatchProgress } from './batch-options.js';
import type { ChatResult } from './result.js';

/** So many of the last ends make the rate: enough to be steady, few enough to follow a change. */
const RATE_OVER = 100;

/** Counts how far a batch has come. */
export class ProgressCount {
  readonly #clock: Clock;
  readonly #total: number | null;
  /** Monotonic instants of the start or an older end, and of the last ends. */
  readonly #endedMs: number[];
  #succeeded = 0;
  #failed = 0;
  #costUsd = 0;
  #unknownCosts = 0;

  constructor(clock: Clock, total: number | null) {
    this.#clock = clock;
    this.#total = total;
    this.#endedMs = [clock.monotonic()];
  }

  /** Counts an end. */
  add({ success, costUsd }: ChatResult): void {
    if (success) this.#succeeded += 1;
    else this.#failed += 1;
    if (costUsd === null) this.#unknownCosts += 1;
    else this.#costUsd += costUsd;
    this.#endedMs.push(this.#clock.monotonic());
    if (this.#endedMs.length > RATE_OVER + 1) this.#endedMs.shift();
  }

  get snapshot(): BatchProgress {
    const completed = this.#succeeded + this.#failed;
    const ratePerSecond = this.#ratePerSecond();
    return {
      total: this.#total,
      completed,
      succeeded: this.#succeeded,
      failed: this.#failed,
      ratePerSecond,
      remainingMs: this.#remainingMs(completed, ratePerSecond),
      costUsd: completed > 0 && completed === this.#unknownCosts ? null : this.#costUsd,
      unknownCosts: this.#unknownCosts,
    };
  }

  #ratePerSecond(): number {
    const ends = this.#endedMs.length - 1;
    const elapsedMs = (this.#endedMs.at(-1) ?? 0) - (this.#endedMs[0] ?? 0);
    return elapsedMs > 0 ? (1000 * ends) / elapsedMs : 0;
  }

  #remainingMs(completed: number, ratePerSecond: number): number | null {
    if (this.#total === null) return null;
    const left = Math.max(0, this.#total - completed);
    if (left === 0) return 0;
    return ratePerSecond > 0 ? (1000 * left) / ratePerSecond : null;
  }
}
