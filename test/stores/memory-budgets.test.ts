import { describe, expect, it } from 'vitest';
import { memoryBudgetsStore } from '../../src/stores/memory-budgets.js';
import { budgetsStoreContract } from '../contracts/budgets-store-contract.js';

budgetsStoreContract('memory', () => memoryBudgetsStore());

const spend = (store: ReturnType<typeof memoryBudgetsStore>, account: string, amount = 1): void => {
  void store.reserve(account, [{ account, amount, limit: null }]);
  void store.settle(account, [{ account, amount }]);
};

describe('memoryBudgetsStore', () => {
  it('is synchronous', () => {
    const store = memoryBudgetsStore();
    expect(store.reserve('r', [{ account: 'a#1', amount: 1, limit: 2 }])).toEqual({ granted: true });
    expect(store.balance('a#1')).toEqual({ spent: 0, reserved: 1 });
  });

  it('forgets the periods of a budget not used for longest', () => {
    const store = memoryBudgetsStore(3);
    for (let call = 0; call < 5; call++) spend(store, `call#${call}`);
    const spent = [0, 1, 2, 3, 4].map((call) => store.balance(`call#${call}`));
    expect(spent.map((balance) => !(balance instanceof Promise) && balance.spent)).toEqual([0, 0, 1, 1, 1]);
  });

  it('keeps a period that is used, and those of other budgets', () => {
    const store = memoryBudgetsStore(3);
    spend(store, 'month/rare#2026-10', 7);
    spend(store, 'session#old', 2);
    for (let session = 0; session < 50; session++) {
      spend(store, `session#${session}`);
      spend(store, 'session#old', 0);
    }
    expect(store.balance('month/rare#2026-10')).toEqual({ spent: 7, reserved: 0 });
    expect(store.balance('session#old')).toEqual({ spent: 2, reserved: 0 });
  });

  it('never forgets an open reservation, and shrinks again afterwards', () => {
    const store = memoryBudgetsStore(1);
    for (let call = 0; call < 10; call++) {
      void store.reserve(`r${call}`, [{ account: `call#${call}`, amount: 1, limit: 1 }]);
    }
    for (let call = 0; call < 10; call++) {
      expect(store.balance(`call#${call}`)).toEqual({ spent: 0, reserved: 1 });
      void store.settle(`r${call}`, [{ account: `call#${call}`, amount: 1 }]);
    }
    for (let call = 10; call < 30; call++) spend(store, `call#${call}`);
    const kept = Array.from({ length: 30 }, (_, call) => store.balance(`call#${call}`));
    expect(kept.filter((balance) => !(balance instanceof Promise) && balance.spent > 0)).toHaveLength(1);
    expect(kept.at(-1)).toEqual({ spent: 1, reserved: 0 });
  });

  it('does not drift over many small amounts', () => {
    const store = memoryBudgetsStore();
    for (let i = 0; i < 10_000; i++) spend(store, 'day#1', 0.1);
    expect(store.balance('day#1')).toEqual({ spent: 1000, reserved: 0 });
  });
});
