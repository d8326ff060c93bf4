import type { Clock } from '../clock.js';
import type { MaybePromise } from '../types.js';

/** How long a call that was ended early still waits for its stores: it has to settle within 20 ms. */
const PATIENCE_MS = 10;

/**
 * Waits for what the stores do for one call. Once the call was ended early, by its signal or its deadline, it waits
 * no more than a moment: a store that hangs goes on by itself, and `unfinished` holds what it does.
 */
export class StorePatience {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #unfinished: Set<Promise<void>>;
  #late: Promise<void> | null = null;
  #giveUp: () => void = () => undefined;

  constructor(clock: Clock, signal: AbortSignal, unfinished: Set<Promise<void>>) {
    this.#clock = clock;
    this.#signal = signal;
    this.#unfinished = unfinished;
  }

  /**
   * Bounds an end that no deadline bounds: after `ms` the stores are waited for no more, though nobody ended the
   * call. Call what it returns once the end is there: what the call may still do is waited for again.
   */
  within(ms: number): () => void {
    const stop = this.#clock.startTimer(ms, () => {
      this.#late ??= this.#whenLate();
      this.#giveUp();
    });
    return () => {
      stop();
      if (!this.#signal.aborted) this.#late = null;
    };
  }

  /** Never rejects: what fails, soon or late, is told. */
  async until(act: () => MaybePromise<void>, onError: (error: unknown) => void): Promise<void> {
    try {
      const acting = act();
      if (acting instanceof Promise) await this.#wait(acting.catch(onError));
    } catch (error) {
      onError(error);
    }
  }

  async #wait(acting: Promise<void>): Promise<void> {
    const done = acting.finally(() => this.#unfinished.delete(done));
    this.#unfinished.add(done);
    await Promise.race([done, (this.#late ??= this.#whenLate())]);
  }

  #whenLate(): Promise<void> {
    return new Promise((resolve) => {
      this.#giveUp = resolve;
      const begin = (): void => {
        this.#clock.startTimer(PATIENCE_MS, resolve);
      };
      if (this.#signal.aborted) begin();
      else this.#signal.addEventListener('abort', begin, { once: true });
    });
  }
}
