import pRetry from 'p-retry';

export interface RetryRun {
  /** Attempts beyond the first, at most. */
  readonly retries: number;
  readonly signal: AbortSignal;
  /** Decides on, and waits for, the next attempt; rejecting ends the run with that error. */
  readonly beforeRetry: (error: Error, retriesLeft: number) => Promise<void>;
}

/** Runs `attempt` until it succeeds or `beforeRetry` gives up: the one owner of retries. */
export async function runWithRetries<T>(attempt: () => Promise<T>, run: RetryRun): Promise<T> {
  run.signal.throwIfAborted();
  // p-retry is not given the signal: it would drop what an attempt has brought, leases and all, where the
  // abort comes in that same moment.
  return pRetry(attempt, {
    retries: run.retries,
    // The waiting is ours, on the injected clock; p-retry counts and stops.
    minTimeout: 0,
    onFailedAttempt: async ({ error, retriesLeft }) => {
      await run.beforeRetry(error, retriesLeft);
      run.signal.throwIfAborted();
    },
  });
}
