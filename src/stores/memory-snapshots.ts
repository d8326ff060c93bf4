import type { Snapshot, SnapshotsStore } from '../stores.js';

/** Snapshots in memory: they outlive a client, not the process. Each is kept as it was when it was saved. */
export function memorySnapshotsStore(): SnapshotsStore {
  const texts = new Map<string, string>();
  return {
    load(key) {
      const text = texts.get(key);
      return text === undefined ? null : (JSON.parse(text) as Snapshot);
    },
    save(key, snapshot) {
      texts.set(key, JSON.stringify(snapshot));
    },
  };
}
