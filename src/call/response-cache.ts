import type { Clock } from '../clock.js';
import { CacheKeys } from './cache-key.js';
import { SingleFlight } from './single-flight.js';

/** An answer as it is kept: as text, so that nobody who gets it can change it for the next. */
export interface StoredResponse {
  readonly text: string;
  /** The model that answered. */
  readonly model: string;
  /** What the answer cost; `null` where its price is unknown. */
  readonly costUsd: number | null;
  /** Monotonic milliseconds. */
  readonly storedAtMs: number;
  readonly ttlMs: number;
}

/** The share of `maxBytes` that one answer may take. */
const LARGEST_SHARE = 0.1;
/** What an entry takes beside its text, about. */
const ENTRY_BYTES = 512;

/** Whole answers by the name of their request, least recently used first; bounded by number and by size. */
export class ResponseCache {
  readonly keys = new CacheKeys();
  /** Requests under way that others may wait for. */
  readonly flight = new SingleFlight<StoredResponse>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #entries = new Map<string, StoredResponse>();
  #bytes = 0;
  #isClosed = false;

  constructor(limits: { readonly maxEntries: number; readonly maxBytes: number; readonly clock: Clock }) {
    this.#maxEntries = limits.maxEntries;
    this.#maxBytes = limits.maxBytes;
    this.#clock = limits.clock;
  }

  /** The answer, unless it is older than whoever stored it, or whoever asks for it, allows. */
  read(key: string, ttlMs: number): StoredResponse | null {
    const stored = this.#entries.get(key);
    if (stored === undefined) return null;
    const ageMs = this.#clock.monotonic() - stored.storedAtMs;
    if (ageMs >= stored.ttlMs) this.#remove(key);
    if (ageMs >= Math.min(stored.ttlMs, ttlMs)) return null;
    this.#entries.delete(key);
    this.#entries.set(key, stored);
    return stored;
  }

  /** Keeps the answer in place of an older one, unless it is too large. */
  store(key: string, response: StoredResponse): void {
    this.#remove(key);
    const bytes = bytesOf(response);
    if (this.#isClosed || bytes > this.#maxBytes * LARGEST_SHARE) return;
    this.#entries.set(key, response);
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#bytes <= this.#maxBytes) return;
      this.#remove(oldest);
    }
  }

  /** Forgets everything, and keeps nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#entries.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    const stored = this.#entries.get(key);
    if (stored === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= bytesOf(stored);
  }
}

/** At most: engines hold a character in one byte or in two. */
function bytesOf({ text }: StoredResponse): number {
  return 2 * text.length + ENTRY_BYTES;
}
