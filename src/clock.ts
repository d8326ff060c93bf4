/** Time as the library sees it. Inject your own to simulate, or to test without waiting. */
export interface Clock {
  /** Wall-clock instant in epoch milliseconds. For records only, never for durations. */
  now(): number;
  /** Monotonic milliseconds from an arbitrary origin. For durations, limits and timeouts. */
  monotonic(): number;
  /**
   * Resolves after `ms` milliseconds; rejects with the signal's reason once it is aborted.
   * A delay of any length is honoured, beyond the 2^31 − 1 ms of a bare timer too.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A source of numbers in [0, 1), as `Math.random`. */
export type Random = () => number;

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(abortReason(signal));
        return;
      }
      let remainingMs = Math.max(0, ms);
      let timer: ReturnType<typeof setTimeout>;
      const onAbort = (): void => {
        clearTimeout(timer);
        if (signal !== undefined) reject(abortReason(signal));
      };
      const arm = (): void => {
        const stepMs = Math.min(remainingMs, LONGEST_TIMER_MS);
        remainingMs -= stepMs;
        timer = setTimeout(() => {
          if (remainingMs > 0) {
            arm();
            return;
          }
          signal?.removeEventListener('abort', onAbort);
          resolve();
        }, stepMs);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      arm();
    }),
};

/**
 * Runs `onElapsed` after `ms` unless the returned function is called first.
 * An infinite delay never fires and costs no timer.
 */
export function startTimer(clock: Clock, ms: number, onElapsed: () => void): () => void {
  if (ms === Infinity) return () => undefined;
  const controller = new AbortController();
  clock.sleep(ms, controller.signal).then(onElapsed, () => undefined);
  return () => {
    controller.abort();
  };
}

/** The error an aborted signal stands for: its reason if that is an error, else an `AbortError`. */
function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException('This operation was aborted', 'AbortError');
}
