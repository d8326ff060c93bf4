/** What was used from `startMs` to `endMs`. It counts until the later of the two has left the window. */
interface Slice {
  readonly startMs: number;
  endMs: number;
  amount: number;
}

/**
 * A log of what was used within the last `windowMs`. Exact up to 1,024 entries; beyond, neighbours
 * within 1/256 of the window are merged and leave together, late: it refuses that much too long,
 * and never admits more than the limit in any window `[t, t + windowMs)`.
 */
export interface SlidingWindow {
  readonly kind: 'sliding';
  /** Oldest first; those before `first` have left. */
  slices: Slice[];
  first: number;
  used: number;
}

const MOST_SLICES = 1024;
const MERGED_SHARE = 1 / 256;

export function emptyWindow(): SlidingWindow {
  return { kind: 'sliding', slices: [], first: 0, used: 0 };
}

/** What counts at `nowMs`; forgets what has left. */
export function windowUsed(window: SlidingWindow, windowMs: number, nowMs: number): number {
  const { slices } = window;
  let oldest = slices[window.first];
  while (oldest !== undefined && nowMs >= oldest.endMs + windowMs) {
    window.used -= oldest.amount;
    window.first += 1;
    oldest = slices[window.first];
  }
  if (window.first === slices.length) {
    if (slices.length > 0) window.slices = [];
    window.first = 0;
    window.used = 0;
  } else if (window.first >= MOST_SLICES) {
    slices.splice(0, window.first);
    window.first = 0;
  }
  return window.used;
}

/** Whole milliseconds until `amount` (at most `limit`) fits; sleeping them suffices if nobody else takes. */
export function windowWaitMs(
  window: SlidingWindow,
  shape: { readonly limit: number; readonly windowMs: number },
  amount: number,
  nowMs: number,
): number {
  let excess = windowUsed(window, shape.windowMs, nowMs) + amount - shape.limit;
  if (excess <= 0) return 0;
  let freeAtMs = nowMs;
  for (let index = window.first; index < window.slices.length && excess > 0; index++) {
    const slice = window.slices[index];
    if (slice === undefined) break;
    excess -= slice.amount;
    freeAtMs = slice.endMs + shape.windowMs;
  }
  const waitMs = Math.max(1, Math.ceil(freeAtMs - nowMs));
  return nowMs + waitMs >= freeAtMs ? waitMs : waitMs + 1;
}

/** Counts `amount` at `nowMs`, whether it fits or not. */
export function chargeWindow(window: SlidingWindow, windowMs: number, amount: number, nowMs: number): void {
  windowUsed(window, windowMs, nowMs);
  window.used += amount;
  const newest = window.slices.at(-1);
  if (newest !== undefined && newest.endMs >= nowMs) {
    newest.amount += amount;
    return;
  }
  window.slices.push({ startMs: nowMs, endMs: nowMs, amount });
  if (window.slices.length - window.first > MOST_SLICES) mergeSlices(window, windowMs * MERGED_SHARE);
}

/** Gives back what was counted at `takenAtMs`, unless it has left the window already. */
export function refundWindow(
  window: SlidingWindow,
  windowMs: number,
  amount: number,
  takenAtMs: number,
  nowMs: number,
): void {
  windowUsed(window, windowMs, nowMs);
  const slice = window.slices[indexAt(window, takenAtMs)];
  if (slice === undefined || slice.startMs > takenAtMs) return;
  const back = Math.min(amount, slice.amount);
  slice.amount -= back;
  window.used -= back;
}

/** Index of the first live slice that ends at `atMs` or later. */
function indexAt({ slices, first }: SlidingWindow, atMs: number): number {
  let low = first;
  let high = slices.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slices[middle]?.endMs ?? Infinity) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mergeSlices(window: SlidingWindow, spanMs: number): void {
  const merged: Slice[] = [];
  for (const slice of window.slices.slice(window.first)) {
    const last = merged.at(-1);
    if (last !== undefined && slice.endMs - last.startMs <= spanMs) {
      last.endMs = slice.endMs;
      last.amount += slice.amount;
    } else merged.push(slice);
  }
  window.slices = merged;
  window.first = 0;
}
