import type { Clock } from '../clock.js';
import { describeThrown } from '../errors.js';
import type { Router } from '../router/router.js';
import type { Snapshot, SnapshotsStore } from '../stores.js';
import type { Logger, MaybePromise } from '../types.js';

/** Under which the router's state is kept. */
const ROUTER_SNAPSHOT = 'router';
/** Outcomes after which it is saved, or the time since the last saving, whichever comes first. */
const SAVE_EVERY = { outcomes: 25, ms: 10_000 } as const;
/** How long decisions wait for what was saved; after that they go on without. */
const LOAD_TIMEOUT_MS = 2000;

/**
 * Keeps what a router learned beyond the process: loads it before the first decision, saves it now and then and at
 * the end. Nothing of it fails a call: what goes wrong is logged. No timer runs: saving happens at an outcome.
 */
export class RouterMemory {
  readonly #router: Router;
  readonly #store: SnapshotsStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #isKept: boolean;
  /** Why decisions wait; `null` once they need not. */
  #loading: Promise<void> | null = null;
  #isAsked = false;
  #unsaved = 0;
  #savedMs: number;
  #saving: Promise<void> | null = null;

  /** @param learning Where it is off, nothing is loaded or saved. */
  constructor(
    router: Router,
    {
      store,
      clock,
      logger,
      learning,
    }: {
      readonly store: SnapshotsStore;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly learning: boolean;
    },
  ) {
    this.#router = router;
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#isKept = learning && router.snapshot !== undefined && router.restore !== undefined;
    this.#savedMs = clock.monotonic();
  }

  /** Loads what was saved, the first time; a promise only as long as it is on its way. Never rejects. */
  ready(): MaybePromise<void> {
    if (!this.#isAsked && this.#isKept) this.#load();
    this.#isAsked = true;
    return this.#loading ?? undefined;
  }

  /** The router was told something. */
  learned(): void {
    if (!this.#isKept) return;
    this.#unsaved++;
    const isDue =
      this.#unsaved >= SAVE_EVERY.outcomes || this.#clock.monotonic() - this.#savedMs >= SAVE_EVERY.ms;
    if (isDue && this.#saving === null) void this.#save();
  }

  /** Saves what is not saved yet. */
  async close(): Promise<void> {
    while (this.#saving !== null) await this.#saving;
    if (this.#unsaved > 0) await this.#save();
  }

  #load(): void {
    try {
      const loaded = this.#store.load(ROUTER_SNAPSHOT);
      if (!(loaded instanceof Promise)) {
        this.#restore(loaded);
        return;
      }
      const whenLoaded = loaded.then(
        (snapshot) => {
          // What came too late would undo what was learned meanwhile.
          if (this.#loading !== null) this.#restore(snapshot);
        },
        (error: unknown) => {
          this.#warn('what the router learned before could not be loaded', error);
        },
      );
      this.#loading = this.#inTime(whenLoaded).finally(() => {
        this.#loading = null;
      });
    } catch (error) {
      this.#warn('what the router learned before could not be loaded', error);
    }
  }

  #inTime(loading: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#clock.startTimer(LOAD_TIMEOUT_MS, () => {
        this.#warn('what the router learned before is not there in time', `after ${LOAD_TIMEOUT_MS} ms`);
        resolve();
      });
      void loading.then(() => {
        stopTimer();
        resolve();
      });
    });
  }

  #restore(snapshot: Snapshot | null): void {
    if (snapshot === null) return;
    try {
      this.#router.restore?.(snapshot);
    } catch (error) {
      this.#warn('what the router learned before is ignored', error);
    }
  }

  async #save(): Promise<void> {
    const saving = this.#write();
    this.#saving = saving;
    await saving;
    this.#saving = null;
  }

  async #write(): Promise<void> {
    const saved = this.#unsaved;
    this.#unsaved = 0;
    this.#savedMs = this.#clock.monotonic();
    try {
      const snapshot = this.#router.snapshot?.();
      if (snapshot !== undefined) await this.#store.save(ROUTER_SNAPSHOT, snapshot);
    } catch (error) {
      this.#unsaved += saved;
      this.#warn('what the router learned could not be saved', error);
    }
  }

  #warn(message: string, error: unknown): void {
    this.#logger.warn(message, { error: typeof error === 'string' ? error : describeThrown(error) });
  }
}
