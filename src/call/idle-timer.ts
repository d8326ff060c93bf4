import type { Clock } from '../clock.js';

/** Fires when one wait lasts too long. Waits cost no timer of their own; a slow consumer does not count. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  #waitingSinceMs: number | null = null;
  /** Of the wait that goes on. */
  #waitedMs = 0;
  #stop: (() => void) | null = null;

  constructor(clock: Clock, idleMs: number, onIdle: () => void) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
  }

  /** A wait begins, or goes on from where it was. */
  wait(): void {
    this.#waitingSinceMs = this.#clock.monotonic() - this.#waitedMs;
    if (this.#stop === null) this.#arm(this.#idleMs);
  }

  /** Something has arrived: a token ends the wait, anything else only interrupts it. */
  arrived(isToken: boolean): void {
    const sinceMs = this.#waitingSinceMs ?? this.#clock.monotonic();
    this.#waitedMs = isToken ? 0 : this.#clock.monotonic() - sinceMs;
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
