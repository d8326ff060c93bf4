import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LimitWindow } from '../../src/stores.js';
import { memoryLimitsStore } from '../../src/stores/memory-limits.js';
import { limitsStoreContract } from '../contracts/limits-store-contract.js';

limitsStoreContract('memory', () => {
  let nowMs = 1e9 + 0.3;
  return {
    store: memoryLimitsStore(),
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
  };
});

const WINDOWS: readonly LimitWindow[] = [
  { name: 'burst', unit: 'requests', kind: 'bucket', limit: 3, windowMs: 700 },
  { name: 'short', unit: 'requests', kind: 'sliding', limit: 4, windowMs: 1000 },
  { name: 'words', unit: 'tokens', kind: 'sliding', limit: 100, windowMs: 3000 },
];

describe('memoryLimitsStore', () => {
  it('drops idle keys, and keeps those in use', () => {
    const store = memoryLimitsStore();
    const take = (key: string, nowMs: number): boolean =>
      store.take(key, WINDOWS, { requests: 1, tokens: 100 }, nowMs).granted;
    let mostKeys = 0;
    for (let user = 0; user < 5000; user++) {
      take(`user-${user}`, user * 100);
      mostKeys = Math.max(mostKeys, store.keyCount);
    }
    expect(mostKeys).toBeLessThanOrEqual(2 * 64);
    expect(take('user-4999', 4999 * 100 + 1)).toBe(false);
  });

  it('looking at a key does not keep it', () => {
    const store = memoryLimitsStore();
    store.peek('a', WINDOWS, { requests: 1, tokens: 0 }, 0);
    store.refund('a', WINDOWS, { requests: 1, tokens: 0 }, 0, 0);
    expect(store.keyCount).toBe(0);
  });

  it('is whole again once everything has left', () => {
    const store = memoryLimitsStore();
    store.record('a', WINDOWS, { requests: 3, tokens: 250 }, 0);
    const { windows } = store.peek('a', WINDOWS, { requests: 1, tokens: 1 }, 3000);
    expect(windows.map((window) => window.used)).toEqual([0, 0, 0]);
  });

  it('sleeping exactly what it says suffices, under any traffic and any fraction of a millisecond', () => {
    const step = fc.record({
      afterMs: fc.double({ min: 0, max: 900, noNaN: true }),
      requests: fc.integer({ min: 0, max: 6 }),
      tokens: fc.integer({ min: 0, max: 130 }),
      recorded: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), fc.array(step), (startMs, steps) => {
        const store = memoryLimitsStore();
        let nowMs = startMs;
        for (const { afterMs, recorded, ...amount } of steps) {
          nowMs += afterMs;
          if (recorded) store.record('a', WINDOWS, amount, nowMs);
          const foreseen = store.peek('a', WINDOWS, amount, nowMs);
          const decision = store.take('a', WINDOWS, amount, nowMs);
          expect(foreseen.waitMs).toBe(decision.waitMs);
          expect(decision.granted).toBe(decision.waitMs === 0);
          if (decision.granted) continue;
          expect(decision.waitMs).toBeGreaterThanOrEqual(1);
          nowMs += decision.waitMs;
          expect(store.take('a', WINDOWS, amount, nowMs).granted).toBe(true);
        }
      }),
    );
  });
});
