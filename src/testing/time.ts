import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../clock.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What the simulator needs of a clock. */
export type SimulatorClock = Pick<Clock, 'now' | 'monotonic' | 'sleep'>;

/** The machine's own time, kept apart from the library's: the simulator is an independent observer. */
export const machineClock: SimulatorClock = {
  now: () => new Date().getTime(),
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep: async (ms, signal) => {
    for (let leftMs = Math.max(0, ms); leftMs > 0; leftMs -= LONGEST_TIMER_MS) {
      await wait(Math.min(leftMs, LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal });
    }
  },
};
