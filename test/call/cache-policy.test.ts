import { describe, expect, it } from 'vitest';
import { type CallOptions, type ChatParameters, InvalidRequestError } from 'routell';
import { type CachePolicy, cachePolicy } from '../../src/call/cache-policy.js';
import { DEFAULTS } from '../../src/options.js';

const policyOf = (
  scope: string | null,
  cache: CallOptions['cache'],
  parameters: ChatParameters = {},
): CachePolicy | null => {
  const options = cache === undefined ? {} : { cache };
  return cachePolicy({ messages: [], options, parameters }, { ...DEFAULTS.cache, scope });
};

const ttlMs = 3_600_000;

describe('cachePolicy', () => {
  it.each<[parameters: ChatParameters, isUsed: boolean]>([
    [{ temperature: 0 }, true],
    [{ temperature: -0 }, true],
    [{ seed: 0 }, true],
    [{ seed: 7, temperature: 1 }, true],
    [{ temperature: 0, n: 3 }, true],
    [{}, false],
    [{ temperature: 0.1 }, false],
    [{ temperature: null, seed: null }, false],
    [{ top_p: 0 }, false],
  ])('takes %j, without a word of the call: %s', (parameters, isUsed) => {
    expect(policyOf('app', undefined, parameters)).toEqual(isUsed ? { scope: 'app', ttlMs } : null);
    expect(policyOf(null, undefined, parameters)).toBeNull();
  });

  it.each([true, {}, { ttlMs: undefined }])('takes any request that asks for it, by %j', (cache) => {
    expect(policyOf('app', cache)).toEqual({ scope: 'app', ttlMs });
  });

  it('takes none that opts out', () => {
    expect(policyOf('app', false, { temperature: 0 })).toBeNull();
    expect(policyOf(null, false)).toBeNull();
  });

  it('takes scope and age of the call before those of the client', () => {
    expect(policyOf('app', { scope: 'tenant', ttlMs: 5 })).toEqual({ scope: 'tenant', ttlMs: 5 });
    expect(policyOf('app', { ttlMs: 5 })).toEqual({ scope: 'app', ttlMs: 5 });
    expect(policyOf(null, { scope: 'tenant' })).toEqual({ scope: 'tenant', ttlMs });
  });

  it.each<[name: string, scope: string | null, cache: CallOptions['cache']]>([
    ['asked for without a scope anywhere', null, true],
    ['with an age and no scope anywhere', null, { ttlMs: 5 }],
    ['of a tenant whose name is missing', 'app', { scope: undefined }],
  ])('refuses a cache %s', (_name, scope, cache) => {
    expect(() => policyOf(scope, cache)).toThrow(InvalidRequestError);
    expect(() => policyOf(scope, cache)).toThrow(expect.objectContaining({ field: 'cache.scope' }));
  });
});
