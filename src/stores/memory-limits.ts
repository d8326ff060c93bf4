import {
  chargeWindow,
  emptyWindow,
  refundWindow,
  type SlidingWindow,
  windowUsed,
  windowWaitMs,
} from '../rate-limiter/sliding-window.js';
import {
  bucketUsed,
  bucketWaitMs,
  chargeBucket,
  fullBucket,
  refundBucket,
  type TokenBucket,
} from '../rate-limiter/token-bucket.js';
import type { LimitAmount, LimitsDecision, LimitsStore, LimitsView, LimitWindow } from '../stores.js';

/** The limits port in this process: every answer comes at once. */
export interface MemoryLimitsStore extends LimitsStore {
  /** Keys held: those in use, and idle ones that were not yet swept. */
  readonly keyCount: number;
  take(key: string, windows: readonly LimitWindow[], amount: LimitAmount, nowMs: number): LimitsDecision;
  record(key: string, windows: readonly LimitWindow[], amount: LimitAmount, nowMs: number): void;
  refund(
    key: string,
    windows: readonly LimitWindow[],
    amount: LimitAmount,
    takenAtMs: number,
    nowMs: number,
  ): void;
  peek(key: string, windows: readonly LimitWindow[], amount: LimitAmount, nowMs: number): LimitsView;
}

type Meter = TokenBucket | SlidingWindow;

/** A window and what it has counted. */
interface Cell {
  window: LimitWindow;
  readonly meter: Meter;
}

interface KeyState {
  /** The array last asked about: the same array again needs no look-up by name. */
  windows: readonly LimitWindow[];
  cells: readonly Cell[];
  readonly cellByName: Map<string, Cell>;
}

const FEWEST_KEYS_TO_SWEEP = 64;

/** Counts limits in memory. Keys whose windows have all emptied are dropped as new ones come. */
export function memoryLimitsStore(): MemoryLimitsStore {
  const states = new Map<string, KeyState>();
  let sweepAtKeys = FEWEST_KEYS_TO_SWEEP;

  const cellsOf = (key: string, windows: readonly LimitWindow[], nowMs: number): readonly Cell[] => {
    let state = states.get(key);
    if (state === undefined) {
      if (states.size >= sweepAtKeys) {
        dropIdle(states, nowMs);
        sweepAtKeys = Math.max(FEWEST_KEYS_TO_SWEEP, 2 * states.size);
      }
      state = { windows: [], cells: [], cellByName: new Map() };
      states.set(key, state);
    }
    if (state.windows !== windows) {
      state.cells = resolveCells(state.cellByName, windows);
      state.windows = windows;
    }
    return state.cells;
  };

  return {
    get keyCount() {
      return states.size;
    },
    take(key, windows, amount, nowMs) {
      const cells = cellsOf(key, windows, nowMs);
      const waitMs = longestWaitMs(cells, amount, nowMs);
      if (waitMs === 0) charge(cells, amount, nowMs);
      return { granted: waitMs === 0, waitMs, windows: usageOf(cells, nowMs) };
    },
    record(key, windows, amount, nowMs) {
      charge(cellsOf(key, windows, nowMs), amount, nowMs);
    },
    refund(key, windows, amount, takenAtMs, nowMs) {
      if (!states.has(key)) return;
      for (const cell of cellsOf(key, windows, nowMs)) {
        const { meter, window } = cell;
        const counted = countedIn(window, amount);
        if (meter.kind === 'bucket') refundBucket(meter, window, counted, nowMs - takenAtMs, nowMs);
        else refundWindow(meter, window.windowMs, counted, takenAtMs, nowMs);
      }
    },
    peek(key, windows, amount, nowMs) {
      const cells = states.has(key) ? cellsOf(key, windows, nowMs) : resolveCells(new Map(), windows);
      return { waitMs: longestWaitMs(cells, amount, nowMs), windows: usageOf(cells, nowMs) };
    },
  };
}

/** The cells of the windows, in their order; counts go on under the same name and kind. */
function resolveCells(cellByName: Map<string, Cell>, windows: readonly LimitWindow[]): readonly Cell[] {
  return windows.map((window) => {
    const name = `${window.kind}:${window.name}`;
    let cell = cellByName.get(name);
    if (cell === undefined) {
      cell = { window, meter: window.kind === 'bucket' ? fullBucket() : emptyWindow() };
      cellByName.set(name, cell);
    }
    cell.window = window;
    return cell;
  });
}

function countedIn({ unit, limit }: LimitWindow, amount: LimitAmount): number {
  return Math.min(amount[unit], limit);
}

function longestWaitMs(cells: readonly Cell[], amount: LimitAmount, nowMs: number): number {
  let longestMs = 0;
  for (const { window, meter } of cells) {
    const counted = countedIn(window, amount);
    if (counted === 0) continue;
    const waitMs =
      meter.kind === 'bucket'
        ? bucketWaitMs(meter, window, counted, nowMs)
        : windowWaitMs(meter, window, counted, nowMs);
    if (waitMs > longestMs) longestMs = waitMs;
  }
  return longestMs;
}

function charge(cells: readonly Cell[], amount: LimitAmount, nowMs: number): void {
  for (const { window, meter } of cells) {
    const counted = countedIn(window, amount);
    if (counted === 0) continue;
    if (meter.kind === 'bucket') chargeBucket(meter, window, counted, nowMs);
    else chargeWindow(meter, window.windowMs, counted, nowMs);
  }
}

function usedIn({ window, meter }: Cell, nowMs: number): number {
  return meter.kind === 'bucket'
    ? bucketUsed(meter, window, nowMs)
    : windowUsed(meter, window.windowMs, nowMs);
}

function usageOf(cells: readonly Cell[], nowMs: number): LimitsView['windows'] {
  return cells.map((cell) => {
    const { name, unit, limit, windowMs } = cell.window;
    return { name, unit, used: usedIn(cell, nowMs), limit, windowMs };
  });
}

function dropIdle(states: Map<string, KeyState>, nowMs: number): void {
  for (const [key, { cellByName }] of states) {
    if ([...cellByName.values()].every((cell) => usedIn(cell, nowMs) === 0)) states.delete(key);
  }
}
