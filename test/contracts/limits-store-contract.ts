import { describe, expect, it } from 'vitest';
import type { LimitAmount, LimitsStore, LimitWindow } from '../../src/stores.js';

/** A store and the time it lives in: a fake one, or the store's own, which `advance` then sits out. */
export interface LimitsStoreUnderTest {
  readonly store: LimitsStore;
  /** The caller's monotonic milliseconds. */
  readonly now: () => number;
  /** Lets at least this many milliseconds pass. */
  readonly advance: (ms: number) => Promise<void>;
  readonly close?: () => Promise<void>;
}

const requests = (count: number): LimitAmount => ({ requests: count, tokens: 0 });
const sliding = (limit: number, windowMs: number, name = 'window'): LimitWindow => ({
  name,
  unit: 'requests',
  kind: 'sliding',
  limit,
  windowMs,
});
const bucket = (limit: number, windowMs: number): LimitWindow => ({
  name: 'burst',
  unit: 'requests',
  kind: 'bucket',
  limit,
  windowMs,
});

/** What every `LimitsStore` keeps. Each test has a store of its own; no wait is longer than a second. */
export function limitsStoreContract(
  name: string,
  make: () => LimitsStoreUnderTest | Promise<LimitsStoreUnderTest>,
): void {
  const run = (title: string, test: (limits: LimitsStoreUnderTest) => Promise<void>): void => {
    it(title, async () => {
      const limits = await make();
      try {
        await test(limits);
      } finally {
        await limits.close?.();
      }
    });
  };

  describe(`limits store contract: ${name}`, () => {
    run('grants up to the limit of a window, then says how long to wait', async ({ store, now, advance }) => {
      const windows = [sliding(2, 600)];
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
      const refused = await store.take('a', windows, requests(1), now());
      expect(refused.granted).toBe(false);
      expect(refused.waitMs).toBeGreaterThan(0);
      expect(refused.waitMs).toBeLessThanOrEqual(600);
      await advance(refused.waitMs);
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
    });

    run(
      'never grants more than the limit in a window, whenever it begins',
      async ({ store, now, advance }) => {
        const windows = [sliding(2, 600)];
        await store.take('a', windows, requests(1), now());
        await advance(400);
        expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
        await advance(300);
        expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
        expect((await store.take('a', windows, requests(1), now())).granted).toBe(false);
      },
    );

    run('refills a bucket evenly, up to its capacity', async ({ store, now, advance }) => {
      const windows = [bucket(3, 900)];
      for (let taken = 0; taken < 3; taken++) {
        expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
      }
      const refused = await store.take('a', windows, requests(1), now());
      expect(refused.granted).toBe(false);
      expect(refused.waitMs).toBeLessThanOrEqual(300);
      await advance(refused.waitMs);
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
      await advance(950);
      expect((await store.take('a', windows, requests(3), now())).granted).toBe(true);
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(false);
    });

    run('charges all windows or none', async ({ store, now }) => {
      const windows = [sliding(5, 60_000, 'wide'), sliding(1, 60_000, 'narrow')];
      await store.take('a', windows, requests(1), now());
      const refused = await store.take('a', windows, requests(1), now());
      expect(refused.granted).toBe(false);
      expect(refused.windows.map((window) => [window.name, window.used])).toEqual([
        ['wide', 1],
        ['narrow', 1],
      ]);
    });

    run('grants no more than the limit to many at once', async ({ store, now }) => {
      const windows = [sliding(10, 60_000), bucket(40, 3_600_000)];
      const decisions = await Promise.all(
        Array.from({ length: 50 }, async () => store.take('a', windows, requests(1), now())),
      );
      expect(decisions.filter((decision) => decision.granted)).toHaveLength(10);
      const { windows: usage } = await store.peek('a', windows, requests(1), now());
      expect(usage[1]!.used).toBeCloseTo(10, 1);
    });

    run('reports each window in the order asked', async ({ store, now }) => {
      const windows: LimitWindow[] = [
        sliding(3, 60_000, 'minute'),
        { ...sliding(100, 60_000, 'words'), unit: 'tokens' },
      ];
      const { waitMs, windows: usage } = await store.take('a', windows, { requests: 1, tokens: 7 }, now());
      expect(waitMs).toBe(0);
      expect(usage).toEqual([
        { name: 'minute', unit: 'requests', used: 1, limit: 3, windowMs: 60_000 },
        { name: 'words', unit: 'tokens', used: 7, limit: 100, windowMs: 60_000 },
      ]);
    });

    run('an amount that does not count in a window does not wait for it', async ({ store, now }) => {
      const windows: LimitWindow[] = [{ ...sliding(10, 60_000, 'words'), unit: 'tokens' }];
      await store.record('a', windows, { requests: 0, tokens: 50 }, now());
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
      expect((await store.take('a', windows, { requests: 1, tokens: 1 }, now())).granted).toBe(false);
    });

    for (const windows of [[sliding(3, 600)], [bucket(3, 600)]]) {
      const { kind } = windows[0]!;

      run(`admits more than a ${kind} holds alone, as all of it`, async ({ store, now, advance }) => {
        expect((await store.take('a', windows, requests(99), now())).granted).toBe(true);
        const refused = await store.take('a', windows, requests(99), now());
        expect(refused.granted).toBe(false);
        expect(refused.waitMs).toBeLessThanOrEqual(600);
        await advance(refused.waitMs);
        expect((await store.take('a', windows, requests(99), now())).granted).toBe(true);
      });

      run(`counts what was recorded in a ${kind} beyond its limit`, async ({ store, now, advance }) => {
        for (let recorded = 0; recorded < 4; recorded++) {
          await store.record('a', windows, requests(1), now());
        }
        const view = await store.peek('a', windows, requests(1), now());
        expect(view.waitMs).toBeGreaterThan(0);
        expect(view.windows[0]!.used).toBeGreaterThan(3);
        await advance(view.waitMs);
        expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
      });

      run(`looks at a ${kind} without taking`, async ({ store, now }) => {
        for (let looked = 0; looked < 5; looked++) {
          expect((await store.peek('a', windows, requests(3), now())).waitMs).toBe(0);
        }
        const taken = await store.take('a', windows, requests(3), now());
        expect(taken.granted).toBe(true);
        const view = await store.peek('a', windows, requests(1), now());
        expect(view.waitMs).toBeGreaterThan(0);
      });

      run(`gives back what was taken from a ${kind}`, async ({ store, now }) => {
        const takenAtMs = now();
        await store.take('a', windows, requests(3), takenAtMs);
        await store.refund('a', windows, requests(2), takenAtMs, now());
        expect((await store.take('a', windows, requests(2), now())).granted).toBe(true);
        expect((await store.take('a', windows, requests(1), now())).granted).toBe(false);
      });

      run(`gives nothing back that has left a ${kind} by itself`, async ({ store, now, advance }) => {
        const takenAtMs = now();
        await store.take('a', windows, requests(1), takenAtMs);
        await advance(650);
        await store.take('a', windows, requests(3), now());
        await store.refund('a', windows, requests(1), takenAtMs, now());
        expect((await store.take('a', windows, requests(1), now())).granted).toBe(false);
      });
    }

    run('a refund to a key it does not know does nothing', async ({ store, now }) => {
      const windows = [sliding(1, 60_000)];
      await store.refund('a', windows, requests(1), now(), now());
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(true);
      expect((await store.take('a', windows, requests(1), now())).granted).toBe(false);
    });

    run('counts each key apart', async ({ store, now }) => {
      const windows = [sliding(1, 60_000)];
      for (const key of ['a', 'b', '', '__proto__', 'a:b']) {
        expect((await store.take(key, windows, requests(1), now())).granted).toBe(true);
        expect((await store.take(key, windows, requests(1), now())).granted).toBe(false);
      }
    });

    run('counts on when the same windows are named anew', async ({ store, now }) => {
      await store.take('a', [sliding(2, 60_000)], requests(2), now());
      const narrower = await store.take('a', [sliding(1, 60_000), bucket(5, 1000)], requests(1), now());
      expect(narrower.granted).toBe(false);
      expect(narrower.windows[0]!.used).toBe(2);
      const wider = await store.take('a', [sliding(3, 60_000)], requests(1), now());
      expect(wider.granted).toBe(true);
    });

    run('without windows it grants everything', async ({ store, now }) => {
      expect(await store.take('a', [], requests(9), now())).toEqual({
        granted: true,
        waitMs: 0,
        windows: [],
      });
    });
  });
}
