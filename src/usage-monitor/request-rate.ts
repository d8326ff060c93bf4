import { MINUTE_MS } from './rollups.js';

const MINUTES = 60;

/** Requests of the last hour, to the minute: the running minute and the 59 before it. */
export interface RequestRate {
  readonly counts: number[];
  /** The minute that is running, counted from the origin of the monotonic clock. */
  minute: number;
  total: number;
}

export const createRequestRate = (): RequestRate => ({
  counts: new Array<number>(MINUTES).fill(0),
  minute: 0,
  total: 0,
});

export function countRequest(rate: RequestRate, elapsedMs: number): void {
  moveOn(rate, elapsedMs);
  const slot = rate.minute % MINUTES;
  rate.counts[slot] = (rate.counts[slot] ?? 0) + 1;
  rate.total += 1;
}

export function requestsInLastHour(rate: RequestRate, elapsedMs: number): number {
  moveOn(rate, elapsedMs);
  return rate.total;
}

function moveOn(rate: RequestRate, elapsedMs: number): void {
  const minute = Math.floor(elapsedMs / MINUTE_MS);
  const from = Math.max(rate.minute + 1, minute - MINUTES + 1);
  for (let passed = from; passed <= minute; passed++) {
    rate.total -= rate.counts[passed % MINUTES] ?? 0;
    rate.counts[passed % MINUTES] = 0;
  }
  rate.minute = Math.max(rate.minute, minute);
}
