import { describeThrown, InvalidRequestError, RouteLLError } from '../errors.js';
import type { Logger } from '../types.js';
import type { BatchRequest, BatchRequests } from './batch-options.js';

/** The requests of a batch, pulled one by one. */
export class BatchSource {
  /** How many there are; `null` where only the end will tell. */
  readonly total: number | null;
  /** What the requests threw, typed. */
  failure: RouteLLError | null = null;
  readonly #requests: BatchRequests;
  readonly #logger: Logger;
  #iterator: Iterator<BatchRequest> | AsyncIterator<BatchRequest> | null = null;
  #pulled = 0;
  #isPulling = false;
  #isEnded = false;
  #stopping: Promise<void> | null = null;

  constructor(requests: BatchRequests, logger: Logger) {
    this.#requests = requests;
    this.#logger = logger;
    this.total = Array.isArray(requests) ? requests.length : null;
  }

  /** Whether every request is in hand, so that none is lost by an early end. */
  get isList(): boolean {
    return this.total !== null;
  }

  /** Whether there is nothing more to pull. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The next request in its place; `null` where there is none. Never rejects: see `failure`. */
  async next(): Promise<{ readonly index: number; readonly request: BatchRequest } | null> {
    this.#isPulling = true;
    try {
      this.#iterator ??= iteratorOf(this.#requests);
      const step = await this.#iterator.next();
      // What arrives after a stop was asked for before it, and nobody wants it any more.
      if (this.#isEnded) return null;
      if (Object(step) !== step) throw new TypeError('their iterator gave no object');
      if (step.done !== true) return { index: this.#pulled++, request: step.value };
    } catch (thrown) {
      if (!this.#isEnded) this.failure = this.#typed(thrown);
    } finally {
      this.#isPulling = false;
    }
    this.#isEnded = true;
    return null;
  }

  /** Pulls nothing more, and lets the iterator clean up. */
  stop(): Promise<void> {
    this.#stopping ??= this.#isEnded ? Promise.resolve() : this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#isEnded = true;
    // One that is busy hears of it once it has answered, which may be never.
    const cleanedUp = this.#returned();
    if (!this.#isPulling) await cleanedUp;
  }

  async #returned(): Promise<void> {
    try {
      await this.#iterator?.return?.();
    } catch (thrown) {
      this.#logger.warn('the requests of a batch could not be closed', { error: describeThrown(thrown) });
    }
  }

  #typed(thrown: unknown): RouteLLError {
    if (RouteLLError.isInstance(thrown)) return thrown;
    return new InvalidRequestError(
      'requests',
      `requests threw after ${this.#pulled} of them, and the batch ends there: ${describeThrown(thrown)}`,
      { cause: thrown },
    );
  }
}

function iteratorOf(requests: BatchRequests): Iterator<BatchRequest> | AsyncIterator<BatchRequest> {
  const { [Symbol.asyncIterator]: pulled } = requests as Partial<AsyncIterable<BatchRequest>>;
  return typeof pulled === 'function'
    ? pulled.call(requests)
    : (requests as Iterable<BatchRequest>)[Symbol.iterator]();
}
