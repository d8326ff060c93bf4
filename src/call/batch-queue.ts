import type { BatchEntry } from './batch-entry.js';

/** Requests that begin alike. */
interface Group {
  readonly prefix: string;
  readonly waiting: BatchEntry[];
  running: number;
  /** Monotonic instant until which the upstream is taken to remember the beginning. */
  warmUntilMs: number;
}

/** Upstreams keep the beginning of a prompt for five minutes at least after its last use. */
const WARM_MS = 5 * 60_000;

/**
 * Requests that are pulled and not begun. Those that begin alike come one after the other, and as long as
 * none of them has reached the upstream lately, one at a time.
 */
export class BatchQueue {
  readonly #free: BatchEntry[] = [];
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new WeakMap<BatchEntry, Group>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param prefix What it may share with others; `null` where nothing. */
  add(entry: BatchEntry, prefix: string | null): void {
    this.#size += 1;
    if (prefix === null) {
      this.#free.push(entry);
      return;
    }
    let group = this.#groups.get(prefix);
    if (group === undefined) {
      group = { prefix, waiting: [], running: 0, warmUntilMs: -Infinity };
      this.#groups.set(prefix, group);
    }
    group.waiting.push(entry);
    this.#groupOf.set(entry, group);
  }

  /** The next that may begin; `undefined` where none is there, or all wait for the first of their group. */
  take(nowMs: number): BatchEntry | undefined {
    let cold: Group | undefined;
    for (const group of this.#groups.values()) {
      if (group.waiting.length === 0) continue;
      if (group.warmUntilMs > nowMs) return this.#takeFrom(group);
      if (group.running === 0) cold ??= group;
    }
    const entry = this.#free.shift();
    if (entry === undefined) return cold === undefined ? undefined : this.#takeFrom(cold);
    this.#size -= 1;
    return entry;
  }

  /** All of them, in their order: none is going to begin. */
  takeAll(): BatchEntry[] {
    const entries = this.#free.splice(0);
    for (const group of this.#groups.values()) {
      entries.push(...group.waiting.splice(0));
      this.#forgetIfIdle(group);
    }
    this.#size = 0;
    return entries.sort((a, b) => a.index - b.index);
  }

  /** One that was taken has ended; `wasSent` where the upstream has read it. */
  ended(entry: BatchEntry, wasSent: boolean, nowMs: number): void {
    const group = this.#groupOf.get(entry);
    if (group === undefined) return;
    group.running -= 1;
    if (wasSent) group.warmUntilMs = nowMs + WARM_MS;
    this.#forgetIfIdle(group);
  }

  #takeFrom(group: Group): BatchEntry | undefined {
    const entry = group.waiting.shift();
    group.running += 1;
    this.#size -= 1;
    return entry;
  }

  #forgetIfIdle(group: Group): void {
    if (group.running === 0 && group.waiting.length === 0) this.#groups.delete(group.prefix);
  }
}
