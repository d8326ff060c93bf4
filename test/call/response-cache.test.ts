import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResponseCache, type StoredResponse } from '../../src/call/response-cache.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';

const ENTRY_BYTES = 512;

function cacheOf(limits: { maxEntries?: number; maxBytes?: number } = {}): {
  cache: ResponseCache;
  clock: FakeClock;
  response: (text: string, ttlMs?: number) => StoredResponse;
} {
  const clock = fakeClock();
  const cache = new ResponseCache({ maxEntries: 1000, maxBytes: 1e6, clock, ...limits });
  const response = (text: string, ttlMs = 1000): StoredResponse => ({
    text,
    model: 'm',
    costUsd: 1,
    storedAtMs: clock.monotonic(),
    ttlMs,
  });
  return { cache, clock, response };
}

describe('ResponseCache', () => {
  it('gives what was stored, and the last of it', () => {
    const { cache, response } = cacheOf();
    expect(cache.read('a', 1000)).toBeNull();
    cache.store('a', response('one'));
    cache.store('a', response('two'));
    expect(cache.read('a', 1000)?.text).toBe('two');
    expect(cache.read('b', 1000)).toBeNull();
  });

  it('gives nothing older than whoever stored it allows', async () => {
    const { cache, clock, response } = cacheOf();
    cache.store('a', response('one', 1000));
    await clock.advance(999);
    expect(cache.read('a', Infinity)?.text).toBe('one');
    await clock.advance(1);
    expect(cache.read('a', Infinity)).toBeNull();
  });

  it('gives nothing older than whoever asks allows, and keeps it for others', async () => {
    const { cache, clock, response } = cacheOf();
    cache.store('a', response('one', 1000));
    await clock.advance(100);
    expect(cache.read('a', 100)).toBeNull();
    expect(cache.read('a', 101)?.text).toBe('one');
  });

  it('drops the least recently used where there are too many', () => {
    const { cache, response } = cacheOf({ maxEntries: 2 });
    cache.store('a', response('a'));
    cache.store('b', response('b'));
    cache.read('a', 1000);
    cache.store('c', response('c'));
    expect(['a', 'b', 'c'].map((key) => cache.read(key, 1000)?.text)).toEqual(['a', undefined, 'c']);
  });

  it('does not keep an answer that takes more than a tenth of the space', () => {
    const { cache, response } = cacheOf({ maxBytes: 20_000 });
    const fits = 'x'.repeat((2000 - ENTRY_BYTES) / 2);
    cache.store('a', response(fits));
    expect(cache.read('a', 1000)?.text).toBe(fits);
    cache.store('b', response(`${fits}x`));
    expect(cache.read('b', 1000)).toBeNull();
    // What cannot be kept does not leave an older answer standing in its place.
    cache.store('a', response(`${fits}x`));
    expect(cache.read('a', 1000)).toBeNull();
  });

  it('is empty once it is closed, and stays so', () => {
    const { cache, response } = cacheOf();
    cache.store('a', response('a'));
    cache.close();
    cache.store('b', response('b'));
    expect([cache.read('a', 1000), cache.read('b', 1000)]).toEqual([null, null]);
  });

  it('stays within both bounds, and keeps what was used last', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const step = fc.record({ key: fc.constantFrom(...names), length: fc.nat(600), read: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, maxEntries) => {
        const maxBytes = 10_000;
        const { cache, response } = cacheOf({ maxEntries, maxBytes });
        const bytesOf = (length: number): number => 2 * length + ENTRY_BYTES;
        // The same in the plainest way: a list, least recently used first.
        let kept: { key: string; length: number }[] = [];
        for (const { key, length, read } of steps) {
          const known = kept.find((entry) => entry.key === key);
          if (read) {
            expect(cache.read(key, 1000)?.text.length).toBe(known?.length);
            if (known !== undefined) kept = [...kept.filter((entry) => entry !== known), known];
            continue;
          }
          cache.store(key, response('x'.repeat(length)));
          kept = kept.filter((entry) => entry !== known);
          if (bytesOf(length) <= maxBytes / 10) kept.push({ key, length });
          const total = (): number => kept.reduce((sum, entry) => sum + bytesOf(entry.length), 0);
          while (kept.length > maxEntries || total() > maxBytes) kept.shift();
        }
        for (const key of names) {
          expect(cache.read(key, 1000)?.text.length).toBe(kept.find((entry) => entry.key === key)?.length);
        }
      }),
    );
  });
});
