import { describe, expect, it } from 'vitest';
import { memoryJournalStore } from '../../src/stores/memory-journal.js';
import { memoryStores } from '../../src/stores/memory.js';
import { attemptRecord, journalStoreContract, readAll } from '../contracts/journal-store-contract.js';

journalStoreContract('memory', () => memoryJournalStore());

describe('memoryJournalStore', () => {
  it('keeps the latest records, in order', async () => {
    const store = memoryJournalStore(3);
    for (let call = 0; call < 8; call++) await store.append(attemptRecord(`c${call}`, call));
    expect((await readAll(store)).map(({ record }) => record.callId)).toEqual(['c5', 'c6', 'c7']);
  });
});

describe('memoryStores', () => {
  it('gives every port, apart from those of another client', async () => {
    const [one, other] = [memoryStores(), memoryStores()];
    await one.journal.append(attemptRecord('a', 1));
    await one.budgets.reserve('r', [{ account: 'a#1', amount: 1, limit: 1 }]);
    expect(await readAll(one.journal)).toHaveLength(1);
    expect(await readAll(other.journal)).toHaveLength(0);
    expect(other.budgets.balance('a#1')).toEqual({ spent: 0, reserved: 0 });
    expect(one.limits).not.toBe(other.limits);
  });
});
