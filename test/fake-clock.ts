import type { Clock } from '../src/clock.js';

export interface FakeClock extends Clock {
  /** Moves both clocks on and runs every sleeper that is due, in order, each with its continuations. */
  advance(ms: number): Promise<void>;
  /** Moves on to the next sleeper and runs it; `false` where none waits. */
  next(): Promise<boolean>;
  /** Sleepers that are still waiting. */
  readonly pending: number;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/**
 * A clock that stands still until it is told to move.
 * @param settled Lets all go on that waits for nothing. @default twenty turns of promises
 */
export function fakeClock(startAt = Date.UTC(2026, 9, 15, 12), settled = settle): FakeClock {
  let elapsedMs = 0;
  const sleepers = new Set<Sleeper>();
  const wakeFirst = async (untilMs: number): Promise<boolean> => {
    let first: Sleeper | undefined;
    for (const sleeper of sleepers) if (first === undefined || sleeper.dueMs < first.dueMs) first = sleeper;
    if (first === undefined || first.dueMs > untilMs) return false;
    elapsedMs = Math.max(elapsedMs, first.dueMs);
    first.wake();
    await settled();
    return true;
  };
  return {
    now: () => startAt + elapsedMs,
    monotonic: () => elapsedMs,
    get pending() {
      return sleepers.size;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason as Error);
          return;
        }
        const sleeper: Sleeper = {
          dueMs: elapsedMs + Math.max(0, ms),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        sleepers.add(sleeper);
      }),
    startTimer: (ms, onElapsed) => {
      if (ms === Infinity) return () => undefined;
      const sleeper: Sleeper = {
        dueMs: elapsedMs + Math.max(0, ms),
        wake: () => {
          sleepers.delete(sleeper);
          onElapsed();
        },
      };
      sleepers.add(sleeper);
      return () => {
        sleepers.delete(sleeper);
      };
    },
    advance: async (ms) => {
      const untilMs = elapsedMs + ms;
      await settled();
      while (await wakeFirst(untilMs));
      elapsedMs = untilMs;
      await settled();
    },
    next: async () => {
      await settled();
      return wakeFirst(Infinity);
    },
  };
}
