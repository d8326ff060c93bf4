import { ConfigurationError } from '../errors.js';
import type { JournalRecord, JournalStore } from '../stores.js';
import { matches } from './journal-query.js';

export interface MemoryJournalOptions {
  /** Records kept; the oldest go first. @default 10_000 */
  readonly capacity?: number;
}

/**
 * A journal in memory: a ring of the latest records. A reading sees what was there when it began.
 *
 * @throws {ConfigurationError} where `capacity` is not a whole number above 0.
 */
export function memoryJournalStore(options: MemoryJournalOptions = {}): JournalStore {
  const { capacity = 10_000 } = options;
  if (!Number.isSafeInteger(capacity) || capacity < 1) {
    throw new ConfigurationError('capacity', `capacity must be a whole number above 0, got ${capacity}.`);
  }
  const ring: JournalRecord[] = [];
  let oldest = 0;

  return {
    append(entry) {
      if (ring.length < capacity) {
        ring.push(entry);
        return;
      }
      ring[oldest] = entry;
      oldest = (oldest + 1) % capacity;
    },
    read(query = {}) {
      const found = [...ring.slice(oldest), ...ring.slice(0, oldest)].filter((entry) =>
        matches(entry, query),
      );
      return {
        [Symbol.asyncIterator]: () => {
          const records = found.values();
          return { next: () => Promise.resolve(records.next()) };
        },
      };
    },
  };
}
