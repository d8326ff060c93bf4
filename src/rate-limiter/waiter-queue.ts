import type { LimitAmount } from '../stores.js';

/** What a queue needs to know of those who wait. */
export interface Queued {
  readonly amount: LimitAmount;
  /** 0..9, lower first. */
  readonly priority: number;
  /** Kept by the queue: its place in the heap; -1 outside. */
  index: number;
  /** Kept by the queue: order of arrival. */
  sequence: number;
}

/** Waiters by priority and, within one, by arrival: a binary heap from which any waiter may leave. */
export class WaiterQueue<Waiter extends Queued> {
  readonly #heap: Waiter[] = [];
  readonly #waiting = Array.from({ length: 10 }, () => ({ requests: 0, tokens: 0 }));
  #arrivals = 0;

  get size(): number {
    return this.#heap.length;
  }

  get head(): Waiter | undefined {
    return this.#heap[0];
  }

  /** Everyone who waits, in no order. */
  all(): readonly Waiter[] {
    return [...this.#heap];
  }

  /** What stands before a newcomer of this priority. */
  ahead(priority: number): LimitAmount {
    let requests = 0;
    let tokens = 0;
    for (const waiting of this.#waiting.slice(0, priority + 1)) {
      requests += waiting.requests;
      tokens += waiting.tokens;
    }
    return { requests, tokens };
  }

  push(waiter: Waiter): void {
    waiter.sequence = this.#arrivals++;
    this.#count(waiter, 1);
    this.#rise(waiter, this.#heap.length);
  }

  /** Takes a waiter out, wherever it stands. */
  remove(waiter: Waiter): void {
    const { index } = waiter;
    if (this.#heap[index] !== waiter) return;
    waiter.index = -1;
    this.#count(waiter, -1);
    const last = this.#heap.pop();
    if (last === undefined || last === waiter) return;
    this.#sink(last, index);
    this.#rise(last, last.index);
  }

  #count({ priority, amount }: Waiter, sign: 1 | -1): void {
    const waiting = this.#waiting[priority];
    if (waiting === undefined) return;
    waiting.requests += sign * amount.requests;
    waiting.tokens += sign * amount.tokens;
  }

  #rise(waiter: Waiter, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = this.#heap[(index - 1) >>> 1];
      if (parent === undefined || isBefore(parent, waiter)) break;
      const above = parent.index;
      this.#place(parent, index);
      index = above;
    }
    this.#place(waiter, index);
  }

  #sink(waiter: Waiter, from: number): void {
    let index = from;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(waiter, child)) break;
      const below = child.index;
      this.#place(child, index);
      index = below;
    }
    this.#place(waiter, index);
  }

  #place(waiter: Waiter, index: number): void {
    this.#heap[index] = waiter;
    waiter.index = index;
  }
}

function isBefore(one: Queued, other: Queued): boolean {
  return one.priority === other.priority ? one.sequence < other.sequence : one.priority < other.priority;
}
