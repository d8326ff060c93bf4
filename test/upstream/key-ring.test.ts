import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RouteLLError, UpstreamError } from '../../src/errors.js';
import { KeyRing, type RejectedKey } from '../../src/upstream/key-ring.js';

const refusal = (): UpstreamError =>
  new UpstreamError('authentication', 'p refused the API key: no.', {
    status: 401,
    provider: 'p',
    requestId: 'req_1',
    retryAfterMs: null,
  });

/** A service that takes some of the keys. */
function setUp(keys: readonly string[]) {
  const told: RejectedKey[] = [];
  const used: string[] = [];
  const taken = new Set(keys);
  const ring = new KeyRing(keys, (rejected) => told.push(rejected));
  const answer = async (key: string): Promise<string> => {
    used.push(key);
    await Promise.resolve();
    if (!taken.has(key)) throw refusal();
    return `by ${key}`;
  };
  const request = (): Promise<string> => ring.use(answer);
  const read = (): Promise<string> => ring.read(answer);
  return { ring, request, read, told, used, taken };
}

describe('KeyRing', () => {
  it('uses the first key for as long as it is taken', async () => {
    const { request, told } = setUp(['a', 'b']);
    expect([await request(), await request()]).toEqual(['by a', 'by a']);
    expect(told).toEqual([]);
  });

  it('sets a refused key aside, tells of it once, and says that trying again is worth it', async () => {
    const { request, told, taken, used } = setUp(['a', 'b', 'c']);
    taken.delete('a');
    const error: unknown = await request().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'authentication', retryable: true, status: 401, requestId: 'req_1' });
    expect(String(error)).toContain('The next key is used.');
    expect(await request()).toBe('by b');
    expect(await request()).toBe('by b');
    expect(used).toEqual(['a', 'b', 'b']);
    expect(told).toEqual([{ key: 1, keysLeft: 2, reason: 'p refused the API key: no.' }]);
  });

  it('is refused for good where no other key is left, and tries all again then', async () => {
    const { request, told, taken, used } = setUp(['a', 'b']);
    taken.clear();
    await expect(request()).rejects.toMatchObject({ retryable: true });
    await expect(request()).rejects.toMatchObject({ code: 'authentication', retryable: false });
    expect(told.map(({ key, keysLeft }) => [key, keysLeft])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    taken.add('a');
    expect(await request()).toBe('by a');
    expect(used).toEqual(['a', 'b', 'a']);
    taken.delete('a');
    await expect(request()).rejects.toMatchObject({ retryable: true });
    // Mended and refused again is news again.
    expect(told.at(-1)).toMatchObject({ key: 1 });
    expect(told).toHaveLength(3);
  });

  it('tells once of a key that many requests at once are refused with', async () => {
    const { request, told, taken } = setUp(['a', 'b']);
    taken.delete('a');
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, request));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(told).toHaveLength(1);
    expect(await request()).toBe('by b');
  });

  it('changes the key within a read, each tried once, and ends with the upstream’s own error', async () => {
    const { read, told, taken, used } = setUp(['a', 'b', 'c']);
    taken.delete('a');
    expect(await read()).toBe('by b');
    taken.clear();
    const error: unknown = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'authentication', retryable: false });
    expect(String(error)).not.toContain('The next key');
    expect(used).toEqual(['a', 'b', 'b', 'c']);
    expect(told.map(({ key, keysLeft }) => [key, keysLeft])).toEqual([
      [1, 2],
      [2, 1],
      [3, 0],
    ]);
    await expect(read()).rejects.toThrow();
    expect(used.slice(4)).toEqual(['a', 'b', 'c']);
  });

  it('is not told anew of a refused key where a read that needs none is served in between', async () => {
    const { ring, request, told, taken } = setUp(['a', 'b']);
    taken.clear();
    for (let time = 0; time < 3; time++) {
      expect(await ring.read((key) => Promise.resolve(key))).toBe('a');
      await expect(request()).rejects.toThrow();
      await expect(request()).rejects.toThrow();
    }
    expect(told).toHaveLength(2);
  });

  it('leaves other failures as they are, and keeps the key', async () => {
    const { ring, request } = setUp(['a', 'b']);
    const failure = new RouteLLError('upstream', 'down', { retryable: true });
    await expect(ring.use(() => Promise.reject(failure))).rejects.toBe(failure);
    await expect(ring.read(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(await request()).toBe('by a');
  });

  it('finds the key that is taken, whichever it is, within as many tries as there are keys', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(), async (size, pick) => {
        const keys = Array.from({ length: size }, (_, place) => `k${place}`);
        const good = keys[pick % size]!;
        const { request, taken } = setUp(keys);
        taken.clear();
        taken.add(good);
        let answer: string | null = null;
        for (let tries = 0; tries < size && answer === null; tries++) {
          answer = await request().catch(() => null);
        }
        expect(answer).toBe(`by ${good}`);
      }),
    );
  });
});
