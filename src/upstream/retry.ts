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
  const prepare = async (error: Error, retriesLeft: number): Promise<void> => {
    await run.beforeRetry(error, retriesLeft);
    run.signal.throwIfAborted();
  };
  try {
    // Most calls need no second attempt, and none of what counts them.
    return await attempt();
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    await prepare(error, run.retries);
    if (run.retries === 0) throw error;
  }
  // p-retry is not given the signal: it would drop what an attempt has brought, leases and all, where the
  // abort comes in that same moment.
  return pRetry(attempt, {
    retries: run.retries - 1,
    // The waiting is ours, on the injected clock; p-retry counts and stops.
    minTimeout: 0,
    onFailedAttempt: ({ error, retriesLeft }) => prepare(error, retriesLeft),
  });
}
