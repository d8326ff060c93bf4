import type { Clock } from '../src/clock.js';

export interface FakeClock extends Clock {
  /** Moves both clocks on and runs every sleeper that is due, in order, each with its continuations. */
  advance(ms: number): Promise<void>;
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

/** A clock that stands still until it is told to move. */
export function fakeClock(startAt = Date.UTC(2026, 9, 15, 12)): FakeClock {
  let elapsedMs = 0;
  const sleepers = new Set<Sleeper>();
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
      await settle();
      for (;;) {
        const next = [...sleepers].filter((s) => s.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
        if (next === undefined) break;
        elapsedMs = Math.max(elapsedMs, next.dueMs);
        next.wake();
        await settle();
      }
      elapsedMs = untilMs;
      await settle();
    },
  };
}
