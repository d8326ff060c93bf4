import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BudgetEntry, BudgetsStore } from '../../src/stores.js';
import type { MaybePromise } from '../../src/types.js';

const usd = (account: string, amount: number, limit: number | null = null): BudgetEntry => ({
  account,
  amount,
  limit,
});

/** What every budgets store promises. `make` gives an empty one each time. */
export function budgetsStoreContract(name: string, make: () => MaybePromise<BudgetsStore>): void {
  describe(`budgets store: ${name}`, () => {
    it('starts every account at nothing', async () => {
      const store = await make();
      expect(await store.balance('day#1')).toEqual({ spent: 0, reserved: 0 });
    });

    it('reserves, then replaces the reservation by what was spent', async () => {
      const store = await make();
      expect(await store.reserve('r1', [usd('day#1', 2, 5)])).toEqual({ granted: true });
      expect(await store.balance('day#1')).toEqual({ spent: 0, reserved: 2 });
      await store.settle('r1', [usd('day#1', 0.5)]);
      expect(await store.balance('day#1')).toEqual({ spent: 0.5, reserved: 0 });
    });

    it('releases without spending', async () => {
      const store = await make();
      await store.reserve('r1', [usd('day#1', 2, 5)]);
      await store.release('r1');
      expect(await store.balance('day#1')).toEqual({ spent: 0, reserved: 0 });
    });

    it('reserves in all accounts or in none, and names the one that refuses', async () => {
      const store = await make();
      await store.reserve('r1', [usd('month#1', 9, 10)]);
      const decision = await store.reserve('r2', [usd('day#1', 2, 5), usd('month#1', 2, 10)]);
      expect(decision).toEqual({ granted: false, account: 'month#1', balance: { spent: 0, reserved: 9 } });
      expect(await store.balance('day#1')).toEqual({ spent: 0, reserved: 0 });
      expect(await store.balance('month#1')).toEqual({ spent: 0, reserved: 9 });
    });

    it('counts what is spent and reserved against the limit, and admits what meets it', async () => {
      const store = await make();
      await store.reserve('r1', [usd('day#1', 2, 5)]);
      await store.settle('r1', [usd('day#1', 2)]);
      await store.reserve('r2', [usd('day#1', 2, 5)]);
      expect(await store.reserve('r3', [usd('day#1', 1.01, 5)])).toMatchObject({ granted: false });
      expect(await store.reserve('r3', [usd('day#1', 1, 5)])).toEqual({ granted: true });
      expect(await store.balance('day#1')).toEqual({ spent: 2, reserved: 3 });
    });

    it('counts an account that stands twice in one reservation twice', async () => {
      const store = await make();
      const entries = [usd('day#1', 3, 5), usd('day#1', 3, 5)];
      expect(await store.reserve('r1', entries)).toMatchObject({ granted: false, account: 'day#1' });
      expect(await store.balance('day#1')).toEqual({ spent: 0, reserved: 0 });
    });

    it('never refuses without a limit', async () => {
      const store = await make();
      await store.reserve('r1', [usd('day#1', 5, 5)]);
      expect(await store.reserve('r2', [usd('day#1', 100, null)])).toEqual({ granted: true });
    });

    it('books more than was reserved in full', async () => {
      const store = await make();
      await store.reserve('r1', [usd('day#1', 1, 5)]);
      await store.settle('r1', [usd('day#1', 7)]);
      expect(await store.balance('day#1')).toEqual({ spent: 7, reserved: 0 });
      expect(await store.reserve('r2', [usd('day#1', 0.01, 5)])).toMatchObject({ granted: false });
    });

    it('settles or releases once; unknown ids do nothing', async () => {
      const store = await make();
      await store.reserve('r1', [usd('day#1', 2, 5)]);
      await store.settle('r1', [usd('day#1', 1)]);
      await store.settle('r1', [usd('day#1', 1)]);
      await store.release('r1');
      await store.settle('never', [usd('day#1', 1)]);
      await store.release('never');
      expect(await store.balance('day#1')).toEqual({ spent: 1, reserved: 0 });
    });

    it('books a reservation once, however often it is asked for under one id', async () => {
      const store = await make();
      await store.reserve('r1', [usd('day#1', 2, 5)]);
      expect(await store.reserve('r1', [usd('day#1', 2, 5)])).toEqual({ granted: true });
      expect(await store.balance('day#1')).toEqual({ spent: 0, reserved: 2 });
    });

    it.each([NaN, -1, Infinity])('refuses to book %d', async (amount) => {
      const store = await make();
      const message = /must be a finite number/;
      await expect((async () => store.reserve('r1', [usd('day#1', amount, 5)]))()).rejects.toThrow(message);
      await store.reserve('r2', [usd('day#1', 1, 5)]);
      await expect((async () => store.settle('r2', [usd('day#1', amount)]))()).rejects.toThrow(message);
      expect(await store.balance('day#1')).toEqual({ spent: 0, reserved: 1 });
    });

    it('refuses nothing and passes nothing for rounding', async () => {
      const store = await make();
      for (const id of ['a', 'b', 'c']) {
        expect(await store.reserve(id, [usd('day#1', 0.1, 0.3)])).toEqual({ granted: true });
      }
      expect(await store.reserve('d', [usd('day#1', 1e-9, 0.3)])).toMatchObject({ granted: false });
    });

    it('grants exactly what fits of 200 reservations made at once', async () => {
      const store = await make();
      const decisions = await Promise.all(
        Array.from({ length: 200 }, async (_, i) => store.reserve(`r${i}`, [usd('day#1', 0.1, 5)])),
      );
      expect(decisions.filter(({ granted }) => granted)).toHaveLength(50);
      expect((await store.balance('day#1')).reserved).toBeCloseTo(5, 12);
    });

    it('never passes a limit and loses nothing, whatever the order', async () => {
      const step = fc.record({
        act: fc.constantFrom('reserve', 'settle', 'release'),
        which: fc.nat(20),
        cents: fc.integer({ min: 0, max: 300 }),
        share: fc.integer({ min: 0, max: 4 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const store = await make();
          const limits = { 'day#1': 5, 'month#1': 7 };
          const open = new Map<string, number>();
          let spentCents = 0;
          for (const { act, which, cents, share } of steps) {
            const id = `r${which}`;
            if (act === 'reserve') {
              if (open.has(id)) continue;
              const entries = Object.entries(limits).map(([account, limit]) =>
                usd(account, cents / 100, limit),
              );
              const { granted } = await store.reserve(id, entries);
              const total = spentCents + [...open.values()].reduce((sum, each) => sum + each, 0) + cents;
              expect(granted).toBe(total <= 500);
              if (granted) open.set(id, cents);
            } else if (act === 'settle') {
              const spent = ((open.get(id) ?? 100) * share) / 4;
              await store.settle(
                id,
                Object.keys(limits).map((account) => usd(account, spent / 100)),
              );
              if (open.delete(id)) spentCents += spent;
            } else {
              await store.release(id);
              open.delete(id);
            }
            const reservedCents = [...open.values()].reduce((sum, each) => sum + each, 0);
            for (const [account, limit] of Object.entries(limits)) {
              const { spent, reserved } = await store.balance(account);
              expect(spent + reserved).toBeLessThanOrEqual(limit + 1e-12);
              expect(spent).toBeCloseTo(spentCents / 100, 11);
              expect(reserved).toBeCloseTo(reservedCents / 100, 11);
            }
          }
        }),
        { numRuns: 50 },
      );
    });
  });
}
