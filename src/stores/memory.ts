import type { Stores } from '../stores.js';
import { memoryBudgetsStore } from './memory-budgets.js';
import { memoryJournalStore } from './memory-journal.js';
import { memoryLimitsStore } from './memory-limits.js';
import { memorySnapshotsStore } from './memory-snapshots.js';

/** Every port in this process's memory: synchronous, bounded, and gone with the process. */
export function memoryStores(): Stores {
  return {
    limits: memoryLimitsStore(),
    budgets: memoryBudgetsStore(),
    journal: memoryJournalStore(),
    snapshots: memorySnapshotsStore(),
  };
}
