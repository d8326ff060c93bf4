import type { JournalRecord, JournalStore } from '../stores.js';
import { matches } from './journal-query.js';

/** Records kept; the oldest go first. */
const CAPACITY = 10_000;

/** A journal in memory: a ring of the latest records. A reading sees what was there when it began. */
export function memoryJournalStore(capacity = CAPACITY): JournalStore {
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
