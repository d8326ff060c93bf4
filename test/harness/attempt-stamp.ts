import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventSource } from 'routell';

interface CallContext {
  attemptId: string;
}

/**
 * Writes the id of its attempt into each request that is sent, as `user`: so the upstream's book and ours are
 * compared attempt by attempt, and no request can stand for another.
 */
export class AttemptStamp {
  readonly #context = new AsyncLocalStorage<CallContext>();

  /** Runs one call, so that its requests are known by it. */
  run<T>(call: () => T): T {
    return this.#context.run({ attemptId: '' }, call);
  }

  listen(events: EventSource): void {
    events.on('attempt-start', ({ attemptId }) => {
      const context = this.#context.getStore();
      if (context !== undefined) context.attemptId = attemptId;
    });
  }

  /** A fetch that stamps what is posted. */
  stamped(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return (input, init) => {
      const { body } = init ?? {};
      const context = this.#context.getStore();
      if (typeof body !== 'string' || context === undefined) return fetch(input, init);
      return fetch(input, { ...init, body: `{"user":"${context.attemptId}",${body.slice(1)}` });
    };
  }
}
