import { describe, expect, it } from 'vitest';
import type { AttemptRow, JournalQuery, JournalRecord, JournalStore } from '../../src/stores.js';
import type { MaybePromise } from '../../src/types.js';

/** An attempt of a call at an instant. */
export function attemptRecord(callId: string, at: number): JournalRecord {
  const record: AttemptRow = {
    callId,
    attemptId: `${callId}-1`,
    at,
    model: 'm',
    provider: 'p',
    group: 'g',
    outcome: 'success',
    billed: 'yes',
    usage: null,
    costUsd: 0.001,
    charged: { amount: 2, unit: 'credits' },
    reservedUsd: 0.01,
    latencyMs: 12,
    firstTokenMs: null,
  };
  return { kind: 'attempt', record };
}

/** What the caller said of a call at an instant. */
function outcomeRecord(callId: string, at: number): JournalRecord {
  return { kind: 'outcome', record: { callId, at, quality: 0.8, source: 'feedback' } };
}

/** Everything a query finds, in order. */
export async function readAll(store: JournalStore, query?: JournalQuery): Promise<JournalRecord[]> {
  const found: JournalRecord[] = [];
  for await (const entry of store.read(query)) found.push(entry);
  return found;
}

/** What every journal store promises. `make` gives an empty one each time. */
export function journalStoreContract(name: string, make: () => MaybePromise<JournalStore>): void {
  describe(`journal store: ${name}`, () => {
    const records = [
      attemptRecord('a', 1000),
      outcomeRecord('a', 3000),
      attemptRecord('b', 2000),
      attemptRecord('a', 4000),
    ];
    const filled = async (): Promise<JournalStore> => {
      const store = await make();
      for (const record of records) await store.append(record);
      return store;
    };

    it('starts empty', async () => {
      expect(await readAll(await make())).toEqual([]);
    });

    it('gives back every record whole, in the order of appending', async () => {
      expect(await readAll(await filled())).toEqual(records);
    });

    it.each<[string, JournalQuery, readonly number[]]>([
      ['one kind', { kind: 'attempt' }, [0, 2, 3]],
      ['one call', { callId: 'a' }, [0, 1, 3]],
      ['from an instant on, inclusive', { from: 3000 }, [1, 3]],
      ['up to an instant, exclusive', { to: 3000 }, [0, 2]],
      ['all of them together', { kind: 'attempt', callId: 'a', from: 1000, to: 4000 }, [0]],
      ['nothing that was not written', { callId: 'c' }, []],
    ])('finds %s', async (_, query, expected) => {
      expect(await readAll(await filled(), query)).toEqual(expected.map((index) => records[index]));
    });

    it('may be read twice, and while it is written to', async () => {
      const store = await filled();
      const seen: JournalRecord[] = [];
      for await (const entry of store.read()) {
        seen.push(entry);
        if (seen.length < 20) await store.append(attemptRecord('late', 5000));
      }
      expect(seen.slice(0, 4)).toEqual(records);
      expect(await readAll(store, { callId: 'a' })).toHaveLength(3);
    });

    it('may be left in the middle of a reading', async () => {
      const store = await filled();
      for await (const entry of store.read()) {
        expect(entry).toEqual(records[0]);
        break;
      }
      expect(await readAll(store)).toHaveLength(4);
    });
  });
}
