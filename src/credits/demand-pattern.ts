import { snapshotData } from '../snapshot-data.js';
import type { Snapshot } from '../stores.js';

/** One attempt, at an instant: what is asked of the models, whatever it costs while spending is slowed down. */
export interface SeenDemand {
  /** Epoch milliseconds. */
  readonly at: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const HOURS = 24;
const WEEKDAYS = 7;
/** An even demand counts as much as so many attempts at each hour, or weekday. */
const EVEN_ATTEMPTS = 5;
/** After four weeks an attempt counts 1/e. */
const MEMORY_DAYS = 28;

const FORMAT = 'routell-demand';
/** Rises whenever a figure means something else. */
const VERSION = 1;

/** When requests come, by hour of the day and by weekday, UTC; old ones count less. Even, until more was seen. */
export class DemandPattern {
  #byHour: number[] = new Array<number>(HOURS).fill(0);
  #byWeekday: number[] = new Array<number>(WEEKDAYS).fill(0);
  /** The day up to which it is faded. */
  #day = 0;
  /** Rises with each hour that something was seen in: what was computed of it holds until then. */
  #revision = 0;
  #lastHour = -1;

  get revision(): number {
    return this.#revision;
  }

  recordEvidence({ at }: SeenDemand): void {
    if (!Number.isFinite(at)) return;
    this.#fadeUntil(Math.floor(at / DAY_MS));
    const hour = Math.floor(at / HOUR_MS);
    if (hour !== this.#lastHour) this.#revision++;
    this.#lastHour = hour;
    count(this.#byHour, hourOf(at));
    count(this.#byWeekday, weekdayOf(at));
  }

  /** The share of the demand from one instant to another that comes after `now`, 0..1. */
  leftShare(from: number, to: number, now: number): number {
    if (!(to > from) || now >= to) return 0;
    const [passed, left] = [this.#weight(from, Math.max(from, now)), this.#weight(Math.max(from, now), to)];
    return passed + left > 0 ? left / (passed + left) : 0;
  }

  snapshot(): Snapshot {
    const data = { byHour: this.#byHour, byWeekday: this.#byWeekday, day: this.#day };
    return { format: FORMAT, version: VERSION, data };
  }

  /** Takes over what was seen before. @throws {TypeError} where it is no snapshot of this version. */
  restore(snapshot: Snapshot): void {
    const data = snapshotData(snapshot, { format: FORMAT, version: VERSION });
    const { byHour, byWeekday, day } = Object(data) as Readonly<Record<string, unknown>>;
    if (!isCounts(byHour, HOURS) || !isCounts(byWeekday, WEEKDAYS) || !Number.isInteger(day)) {
      throw new TypeError('its counts make no sense');
    }
    this.#byHour = [...byHour];
    this.#byWeekday = [...byWeekday];
    this.#day = day as number;
    this.#revision++;
  }

  /** What comes between two instants, hour by hour; parts of hours count as such. */
  #weight(from: number, to: number): number {
    const hours = evened(this.#byHour);
    const weekdays = evened(this.#byWeekday);
    let weight = 0;
    for (let at = from; at < to;) {
      const end = Math.min(to, (Math.floor(at / HOUR_MS) + 1) * HOUR_MS);
      weight += ((end - at) / HOUR_MS) * (hours[hourOf(at)] ?? 0) * (weekdays[weekdayOf(at)] ?? 0);
      at = end;
    }
    return weight;
  }

  #fadeUntil(day: number): void {
    // A clock that was set back fades nothing.
    const days = day - this.#day;
    if (days <= 0) return;
    const kept = Math.exp(-days / MEMORY_DAYS);
    this.#byHour = this.#byHour.map((counted) => counted * kept);
    this.#byWeekday = this.#byWeekday.map((counted) => counted * kept);
    this.#day = day;
  }
}

/** Shares around 1. */
function evened(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, counted) => sum + counted + EVEN_ATTEMPTS, 0);
  return counts.map((counted) => ((counted + EVEN_ATTEMPTS) * counts.length) / total);
}

function count(counts: number[], index: number): void {
  counts[index] = (counts[index] ?? 0) + 1;
}

function hourOf(at: number): number {
  return new Date(at).getUTCHours();
}

function weekdayOf(at: number): number {
  return new Date(at).getUTCDay();
}

function isCounts(value: unknown, length: number): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length === length &&
    value.every((counted) => typeof counted === 'number' && counted >= 0 && counted < Infinity)
  );
}
