import type { Clock } from '../clock.js';
import { describeThrown } from '../errors.js';
import type { QualityEvidence } from '../router/router.js';
import type { Snapshot, SnapshotsStore } from '../stores.js';
import type { Logger, MaybePromise } from '../types.js';

/** Outcomes after which it is saved, or the time since the last saving, whichever comes first. */
const SAVE_EVERY = { outcomes: 25, ms: 10_000 } as const;
/** How long decisions wait for what was saved; after that they go on without. */
const LOAD_TIMEOUT_MS = 2000;
/** Evidence kept until what was saved is known; the oldest goes first. */
const MOST_PENDING = 2000;

/** What learns, and can be kept: a router, or the history of answers. */
export interface Learner<Evidence> {
  recordEvidence?(evidence: Evidence): void;
  snapshot?(): Snapshot;
  restore?(snapshot: Snapshot): void;
}

/**
 * Keeps what a router, or another learner, learned beyond the process: loads it before the first decision, saves it now
 * and then and at the end. Nothing is saved before what was saved is known, and never over what another version
 * saved. Nothing of it fails a call: what goes wrong is logged. No timer runs: saving happens at an outcome.
 */
export class LearnedMemory<Evidence = QualityEvidence> {
  readonly #learner: Learner<Evidence>;
  readonly #key: string;
  readonly #store: SnapshotsStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #isKept: boolean;
  /** Who learned, in what is logged. */
  readonly #who: string;
  /** What was saved before: not known yet, taken over or of no use, or another version's, which is left alone. */
  #before: 'unknown' | 'known' | 'foreign' = 'unknown';
  #loading: Promise<void> | null = null;
  /** Why decisions wait; `null` once they need not. */
  #waiting: Promise<void> | null = null;
  #isAsked = false;
  /** What was learned while `#before` is unknown: it is learned again on top of that. */
  #pending: Evidence[] = [];
  #unsaved = 0;
  #savedMs: number;
  /** Before which the store is left alone, since it failed. */
  #retryMs = -Infinity;
  #saving: Promise<void> | null = null;

  /**
   * @param key Under which the state is kept.
   * @param learning Where it is off, nothing is loaded or saved.
   */
  constructor(
    learner: Learner<Evidence>,
    {
      key,
      store,
      clock,
      logger,
      learning,
      who = 'the router',
    }: {
      readonly key: string;
      readonly store: SnapshotsStore;
      readonly clock: Clock;
      readonly logger: Logger;
      readonly learning: boolean;
      /** @default 'the router' */
      readonly who?: string;
    },
  ) {
    this.#learner = learner;
    this.#key = key;
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
    this.#who = who;
    this.#isKept = learning && learner.snapshot !== undefined && learner.restore !== undefined;
    this.#savedMs = clock.monotonic();
  }

  /** Loads what was saved, the first time; a promise only as long as it is on its way. Never rejects. */
  ready(): MaybePromise<void> {
    if (this.#isAsked || !this.#isKept) return this.#waiting ?? undefined;
    this.#isAsked = true;
    this.#waiting = this.#load();
    void this.#waiting?.then(() => {
      this.#waiting = null;
    });
    return this.#waiting ?? undefined;
  }

  /** The router was told something; without evidence where it takes none. */
  learned(evidence?: Evidence): void {
    if (!this.#isKept || this.#before === 'foreign') return;
    this.#unsaved++;
    if (this.#before === 'unknown' && evidence !== undefined) this.#keepPending(evidence);
    void this.ready();
    const nowMs = this.#clock.monotonic();
    const isDue = this.#unsaved >= SAVE_EVERY.outcomes || nowMs - this.#savedMs >= SAVE_EVERY.ms;
    if (isDue && nowMs >= this.#retryMs && this.#saving === null) void this.#save();
  }

  /** Saves what is not saved yet. */
  async close(): Promise<void> {
    while (this.#saving !== null) await this.#saving;
    if (this.#unsaved === 0 || this.#before === 'foreign') return;
    await this.#save();
    if (this.#before === 'unknown') {
      this.#warn(
        `what ${this.#who} learned is not saved`,
        'it would take the place of what could not be loaded',
      );
    }
  }

  #keepPending(evidence: Evidence): void {
    this.#pending.push(evidence);
    if (this.#pending.length > MOST_PENDING) this.#pending.shift();
  }

  /** Loads what was saved, or goes on with that; a promise as long as it is on its way, two seconds at most. */
  #load(): Promise<void> | null {
    this.#loading ??= this.#begin();
    return this.#loading === null ? null : this.#inTime(this.#loading);
  }

  #begin(): Promise<void> | null {
    const notLoaded = (error: unknown): void => {
      this.#failed(`what ${this.#who} learned before could not be loaded`, error);
    };
    try {
      const loaded = this.#store.load(this.#key);
      if (!isThenable(loaded)) {
        this.#takeOver(loaded);
        return null;
      }
      const taken = Promise.resolve(loaded).then((snapshot) => {
        this.#takeOver(snapshot);
      }, notLoaded);
      return taken.finally(() => {
        this.#loading = null;
      });
    } catch (error) {
      notLoaded(error);
      return null;
    }
  }

  #inTime(loading: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#clock.startTimer(LOAD_TIMEOUT_MS, () => {
        this.#failed(`what ${this.#who} learned before is not there in time`, `after ${LOAD_TIMEOUT_MS} ms`);
        resolve();
      });
      void loading.then(() => {
        stopTimer();
        resolve();
      });
    });
  }

  /** Also what comes late: what was learned meanwhile is learned on top of it. */
  #takeOver(snapshot: Snapshot | null): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#before = 'known';
    if (snapshot === null) return;
    try {
      this.#learner.restore?.(snapshot);
    } catch (error) {
      if (this.#isForeign(snapshot)) this.#before = 'foreign';
      const kept = this.#before === 'foreign' ? ', and kept: nothing is saved in its place' : '';
      this.#warn(`what ${this.#who} learned before is ignored${kept}`, error);
      return;
    }
    for (const evidence of pending) this.#learnAgain(evidence);
  }

  /** Whether a snapshot that was refused is whole, as another version knows it. What is no snapshot is nobody's. */
  #isForeign(snapshot: Snapshot): boolean {
    const { format, version } = Object(snapshot) as Partial<Snapshot>;
    if (typeof format !== 'string' || typeof version !== 'number') return false;
    try {
      const own = this.#learner.snapshot?.();
      return format !== own?.format || version !== own.version;
    } catch {
      return true;
    }
  }

  #learnAgain(evidence: Evidence): void {
    const failed = (error: unknown): void => {
      this.#warn(`${this.#who} failed at an outcome`, error);
    };
    try {
      // A router of somebody's own may give a promise all the same.
      const told: unknown = this.#learner.recordEvidence?.(evidence);
      void Promise.resolve(told).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  async #save(): Promise<void> {
    const saving = this.#write();
    this.#saving = saving;
    await saving;
    this.#saving = null;
  }

  async #write(): Promise<void> {
    if (this.#before === 'unknown') await this.#load();
    if (this.#before !== 'known') return;
    const saved = this.#unsaved;
    this.#unsaved = 0;
    this.#savedMs = this.#clock.monotonic();
    try {
      const snapshot = this.#learner.snapshot?.();
      if (snapshot !== undefined) await this.#store.save(this.#key, snapshot);
    } catch (error) {
      this.#unsaved += saved;
      this.#failed(`what ${this.#who} learned could not be saved`, error);
    }
  }

  #failed(message: string, error: unknown): void {
    this.#retryMs = this.#clock.monotonic() + SAVE_EVERY.ms;
    this.#warn(message, error);
  }

  #warn(message: string, error: unknown): void {
    this.#logger.warn(message, { error: typeof error === 'string' ? error : describeThrown(error) });
  }
}

function isThenable(loaded: MaybePromise<Snapshot | null>): loaded is Promise<Snapshot | null> {
  return typeof (loaded as Partial<Promise<unknown>> | null)?.then === 'function';
}
