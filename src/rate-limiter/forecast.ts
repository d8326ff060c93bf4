import type { LimitAmount, LimitsView, LimitWindow } from '../stores.js';

/** What keeps a request from being sent, and for how long at least. */
export interface Blockage {
  /** Milliseconds; 0 where no wait can be foreseen. */
  readonly waitMs: number;
  /** Name of the window; empty where none blocks. */
  readonly window: string;
}

/**
 * How long `amount` waits behind `ahead` at least, if all those ahead stay: what the store foresees
 * for the amount alone, or what the queue itself fills.
 */
export function forecastWait(
  windows: readonly LimitWindow[],
  view: LimitsView,
  ahead: LimitAmount,
  amount: LimitAmount,
): Blockage {
  let queue: Blockage = { waitMs: 0, window: '' };
  let widestMs = 0;
  let widest = '';
  for (const [index, window] of windows.entries()) {
    const total = ahead[window.unit] + Math.min(amount[window.unit], window.limit) + usedIn(view, index);
    if (total <= window.limit) continue;
    if (window.kind === 'sliding' && window.windowMs > widestMs) {
      widestMs = window.windowMs;
      widest = window.name;
    }
    const waitMs = fillingMs(window, total);
    if (waitMs > queue.waitMs) queue = { waitMs, window: window.name };
  }
  if (queue.waitMs >= view.waitMs || widest === '') {
    return { waitMs: Math.max(queue.waitMs, view.waitMs), window: queue.window };
  }
  return { waitMs: view.waitMs, window: widest };
}

function usedIn(view: LimitsView, index: number): number {
  return view.windows[index]?.used ?? 0;
}

/** The least time in which a window lets `total` units through, the oldest of which may be about to leave. */
function fillingMs({ kind, limit, windowMs }: LimitWindow, total: number): number {
  if (kind === 'bucket') return Math.ceil(((total - limit) * windowMs) / limit);
  return Math.max(0, Math.ceil(total / limit) - 2) * windowMs;
}
