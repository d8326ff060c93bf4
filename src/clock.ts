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
  /** Calls back after `ms` milliseconds, of any length, unless the returned function is called first. */
  startTimer(ms: number, onElapsed: () => void): () => void;
}

/** A source of numbers in [0, 1), as `Math.random`. */
export type Random = () => number;

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => {
    if (signal === undefined) return new Promise((resolve) => startSystemTimer(ms, resolve));
    if (signal.aborted) return Promise.reject(abortReason(signal));
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        stopTimer();
        reject(abortReason(signal));
      };
      const stopTimer = startSystemTimer(ms, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  },
  startTimer: startSystemTimer,
};

function startSystemTimer(ms: number, onElapsed: () => void): () => void {
  if (ms === Infinity) return () => undefined;
  let remainingMs = Math.max(0, ms);
  let timer: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    const stepMs = Math.min(remainingMs, LONGEST_TIMER_MS);
    remainingMs -= stepMs;
    timer = setTimeout(remainingMs > 0 ? arm : onElapsed, stepMs);
  };
  arm();
  return () => clearTimeout(timer);
}

/** The error an aborted signal stands for: its reason if that is an error, else an `AbortError`. */
function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException('This operation was aborted', 'AbortError');
}

/** The random numbers of the machine. */
export const systemRandom: Random = () => Math.random();
