import type { Clock } from '../clock.js';
import type { ListedModel, MaybePromise } from '../types.js';
import type { ModelListing } from './model-listing.js';

/** How long a call waits for slow lists once one provider has answered. */
const GRACE_MS = 1000;

/** The lists of all providers as one: the models that can be asked for. */
export class ModelListings {
  readonly #listings: readonly ModelListing[];
  readonly #clock: Clock;

  constructor(listings: readonly ModelListing[], clock: Clock) {
    this.#listings = listings;
    this.#clock = clock;
  }

  /** What is listed, each id once; at once where every list is there. `null` where none can be had. */
  models(): MaybePromise<readonly ListedModel[] | null> {
    const lists = this.#listings.map((listing) => listing.models());
    const [only] = lists;
    if (only !== undefined && lists.length === 1) return only;
    const ready = lists.flatMap((list) => (list instanceof Promise ? [] : [list]));
    return ready.length === lists.length ? unite(ready) : this.#wait(lists);
  }

  /** Reads every list now. Rejects with the first error where none can be read. */
  async refresh(): Promise<readonly ListedModel[]> {
    const lists = await Promise.allSettled(this.#listings.map((listing) => listing.refresh()));
    const read = lists.flatMap((list) => (list.status === 'fulfilled' ? [list.value] : []));
    if (read.length === 0) for (const list of lists) if (list.status === 'rejected') throw list.reason;
    return unite(read) ?? [];
  }

  /** All lists, or those that have come when the grace is over: one provider that hangs does not hold the rest. */
  async #wait(
    lists: readonly MaybePromise<readonly ListedModel[] | null>[],
  ): Promise<readonly ListedModel[] | null> {
    const read: (readonly ListedModel[])[] = [];
    await new Promise<void>((resolve) => {
      let stopTimer: (() => void) | null = null;
      let missing = lists.length;
      const arrived = (list: readonly ListedModel[] | null): void => {
        if (list !== null) read.push(list);
        missing -= 1;
        if (read.length > 0) stopTimer ??= this.#clock.startTimer(GRACE_MS, resolve);
        if (missing > 0) return;
        stopTimer?.();
        resolve();
      };
      for (const list of lists) {
        if (list instanceof Promise) void list.then(arrived);
        else arrived(list);
      }
    });
    return unite(read);
  }
}

function unite(lists: readonly (readonly ListedModel[] | null)[]): readonly ListedModel[] | null {
  const known = lists.filter((list) => list !== null);
  if (known.length === 0) return null;
  const byId = new Map<string, ListedModel>();
  for (const model of known.flat()) if (!byId.has(model.id)) byId.set(model.id, model);
  return [...byId.values()];
}
