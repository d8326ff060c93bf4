/** What one who wanted the same as others is to do. */
export type Turn<T> =
  /** Get it, for all who wait: exactly one at a time leads. */
  | { readonly kind: 'lead' }
  /** Take what the leader got. */
  | { readonly kind: 'served'; readonly value: T }
  /** Get it for itself: the leader got nothing for others. */
  | { readonly kind: 'alone' };

type Take<T> = (turn: Turn<T>) => void;

/** Lets one get what many want at the same time. Whoever leads must end it in one of the three ways. */
export class SingleFlight<T> {
  readonly #waiting = new Map<string, Set<Take<T>>>();

  /** Leads, or waits for who does. Rejects with the reason of the signal once it is aborted. */
  join(key: string, signal: AbortSignal): Promise<Turn<T>> {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#waiting.set(key, new Set());
      return Promise.resolve({ kind: 'lead' });
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(take);
        reject(signal.reason as Error);
      };
      const take = (turn: Turn<T>): void => {
        signal.removeEventListener('abort', leave);
        resolve(turn);
      };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      waiting.add(take);
    });
  }

  /** The leader got it: all who wait take it. */
  share(key: string, value: T): void {
    this.#end(key, { kind: 'served', value });
  }

  /** The leader got something that is for itself alone, or what none of them can get. */
  disband(key: string): void {
    this.#end(key, { kind: 'alone' });
  }

  /** The leader gave up: whoever has waited longest leads, and the others go on waiting. */
  handOver(key: string): void {
    const waiting = this.#waiting.get(key);
    const [next] = waiting ?? [];
    if (next === undefined) {
      this.#waiting.delete(key);
      return;
    }
    waiting?.delete(next);
    next({ kind: 'lead' });
  }

  #end(key: string, turn: Turn<T>): void {
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    for (const take of waiting ?? []) take(turn);
  }
}
