import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventSource } from 'routell';

interface CallContext {
  attemptId: string;
}

/** One for all: each storage that is made is carried along by every promise from then on. */
const callContext = new AsyncLocalStorage<CallContext>();

/**
 * Writes the id of its attempt into each request that is sent, as `user`: so the upstream's book and ours are
 * compared attempt by attempt, and no request can stand for another.
 */
export class AttemptStamp {
  /** Runs one call, so that its requests are known by it. */
  run<T>(call: () => T): T {
    return callContext.run({ attemptId: '' }, call);
  }

  listen(events: EventSource): void {
    events.on('attempt-start', ({ attemptId }) => {
      const context = callContext.getStore();
      if (context !== undefined) context.attemptId = attemptId;
    });
  }

  /** A fetch that stamps what is posted. */
  stamped(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return (input, init) => {
      const { body } = init ?? {};
      const context = callContext.getStore();
      if (typeof body !== 'string' || context === undefined) return fetch(input, init);
      return fetch(input, { ...init, body: `{"user":"${context.attemptId}",${body.slice(1)}` });
    };
  }
}
