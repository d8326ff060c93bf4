import type { Clock } from '../clock.js';

/** Fires when one wait lasts too long. Waits cost no timer of their own; a slow consumer does not count. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  #waitingSinceMs: number | null = null;
  #stop: (() => void) | null = null;

  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
  }

  /** A wait begins, or goes on. */
  wait(): void {
    this.#waitingSinceMs ??= this.#clock.monotonic();
    if (this.#stop === null) this.#arm(this.#idleMs);
  }

  /** The wait is over. */
  arrived(): void {
    this.#waitingSinceMs = null;
  }

  stop(): void {
    this.#stop?.();
  }

  #arm(ms: number): void {
    this.#stop = this.#clock.startTimer(ms, () => {
      this.#stop = null;
      if (this.#waitingSinceMs === null) return;
      const leftMs = this.#waitingSinceMs + this.#idleMs - this.#clock.monotonic();
      if (leftMs > 0) this.#arm(leftMs);
      else this.#onIdle();
    });
  }
}
