import { UpstreamError } from '../errors.js';

/** A key that the upstream has refused. */
export interface RejectedKey {
  /** Its place among the keys given, from 1: the key itself is never told. */
  readonly key: number;
  /** Keys that are not refused so far. */
  readonly keysLeft: number;
  /** What the upstream said. */
  readonly reason: string;
}

/**
 * The keys of one account: the first that was not refused is used. A refused one is set aside for the life of
 * the client; where none is left, all are tried again from the first, so that a key which is mended serves.
 */
export class KeyRing<Key> {
  readonly size: number;
  readonly #keys: readonly Key[];
  readonly #onReject: (rejected: RejectedKey) => void;
  readonly #refused = new Set<number>();
  /** Refusals that were told: one that goes on is told once. */
  readonly #told = new Set<number>();

  /** Keys that served the last request they were used for. */
  readonly #serving = new Set<number>();

  /** @param keys The keys, or what holds one each; at least one. */
  constructor(keys: readonly Key[], onReject: (rejected: RejectedKey) => void = () => undefined) {
    this.size = keys.length;
    this.#keys = keys;
    this.#onReject = onReject;
  }

  /** The key in use. */
  get current(): Key {
    const key = this.#keys[this.#place()];
    if (key === undefined) throw new RangeError('a key ring has at least one key');
    return key;
  }

  /** Whether the key in use is known to be good. */
  get isServing(): boolean {
    return this.#serving.has(this.#place());
  }

  /**
   * Runs a request with the key in use. Where the upstream refuses the key and another is left, the error
   * says that trying again is worth it.
   */
  async use<T>(request: (key: Key) => Promise<T>): Promise<T> {
    const place = this.#place();
    try {
      const answer = await request(this.current);
      this.#accept(place);
      return answer;
    } catch (error) {
      if (isRefusal(error) && this.#reject(place, error)) throw withAnotherKey(error);
      throw error;
    }
  }

  /**
   * Runs a small read, which changes the key by itself: each is tried once at most. That it is served proves
   * no key: a list of models may be public. Nor is a key that serves refused by a page that is closed to it.
   */
  async read<T>(request: (key: Key) => Promise<T>): Promise<T> {
    for (let others = this.size - 1; ; others--) {
      const place = this.#place();
      try {
        return await request(this.current);
      } catch (error) {
        if (!isRefusal(error) || this.#serving.has(place)) throw error;
        if (!this.#reject(place, error) || others === 0) throw error;
      }
    }
  }

  #place(): number {
    for (let place = 0; place < this.size; place++) if (!this.#refused.has(place)) return place;
    return 0;
  }

  #accept(place: number): void {
    this.#serving.add(place);
    if (this.#told.size === 0) return;
    this.#refused.delete(place);
    this.#told.delete(place);
  }

  /** Whether another key is left. */
  #reject(place: number, { message: reason }: UpstreamError): boolean {
    this.#refused.add(place);
    this.#serving.delete(place);
    const keysLeft = this.size - this.#refused.size;
    const isNews = !this.#told.has(place);
    this.#told.add(place);
    if (keysLeft === 0) this.#refused.clear();
    if (isNews) this.#onReject({ key: place + 1, keysLeft, reason });
    return keysLeft > 0;
  }
}

function isRefusal(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && error.code === 'authentication';
}

function withAnotherKey(error: UpstreamError): UpstreamError {
  const text = `${error.message} The next key is used.`;
  return new UpstreamError('authentication', text, error, { cause: error.cause, retryable: true });
}
