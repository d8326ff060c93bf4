import type { JournalQuery, JournalRecord } from '../stores.js';

/** Whether a query asks for a record. */
export function matches({ kind, record }: JournalRecord, query: JournalQuery): boolean {
  return (
    (query.kind === undefined || kind === query.kind) &&
    (query.callId === undefined || record.callId === query.callId) &&
    record.at >= (query.from ?? -Infinity) &&
    record.at < (query.to ?? Infinity)
  );
}
