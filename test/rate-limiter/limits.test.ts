import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../src/errors.js';
import { limitWindows, type RateLimits, resolveRateLimits } from '../../src/rate-limiter/limits.js';

const fieldOf = (limits: unknown): string => {
  try {
    resolveRateLimits(limits as RateLimits);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).field;
  }
  return 'accepted';
};

describe('rate limits', () => {
  it("have the guide's defaults", () => {
    expect(resolveRateLimits()).toEqual({
      requestsPerMinute: 60,
      requestsPerHour: 1000,
      burst: 10,
      tokensPerMinute: null,
      maxConcurrent: null,
      adaptive: true,
    });
    expect(resolveRateLimits({ burst: undefined }).burst).toBe(10);
    expect(resolveRateLimits({ burst: null }).burst).toBeNull();
  });

  it.each(['requestsPerMinute', 'requestsPerHour', 'burst', 'tokensPerMinute', 'maxConcurrent'])(
    'refuses %s where it is no whole number of at least 1',
    (name) => {
      for (const value of [0, -1, 0.5, Number.NaN, Infinity, '60', true, {}]) {
        expect(fieldOf({ [name]: value })).toBe(`rateLimits.${name}`);
      }
      expect(fieldOf({ [name]: 1 })).toBe('accepted');
    },
  );

  it('take true or false for adaptive, and nothing else', () => {
    expect(resolveRateLimits({ adaptive: false }).adaptive).toBe(false);
    for (const value of [null, 1, 'no', {}]) expect(fieldOf({ adaptive: value })).toBe('rateLimits.adaptive');
  });

  it('refuses what is no object, and names it', () => {
    for (const value of [60, 'fast', null, [60]]) expect(fieldOf(value)).toBe('rateLimits');
  });

  it('refuses a limit that it does not know, with the nearest it does', () => {
    expect(fieldOf({ requestPerMinute: 5 })).toBe('rateLimits.requestPerMinute');
    expect(() => resolveRateLimits({ requestPerMinute: 5 } as RateLimits)).toThrow(
      "Did you mean 'requestsPerMinute'?",
    );
    expect(fieldOf(JSON.parse('{"__proto__": 5}'))).toBe('rateLimits.__proto__');
  });

  it('says what to do instead of Infinity', () => {
    expect(() => resolveRateLimits({ requestsPerHour: Infinity })).toThrow('Use null for no limit.');
  });

  it('become a bucket for the burst, and windows for the rest', () => {
    expect(limitWindows(resolveRateLimits({ tokensPerMinute: 9000 }))).toEqual([
      { name: 'burst', unit: 'requests', kind: 'bucket', limit: 10, windowMs: 10_000 },
      { name: 'minute', unit: 'requests', kind: 'sliding', limit: 60, windowMs: 60_000 },
      { name: 'hour', unit: 'requests', kind: 'sliding', limit: 1000, windowMs: 3_600_000 },
      { name: 'tokens-minute', unit: 'tokens', kind: 'sliding', limit: 9000, windowMs: 60_000 },
    ]);
  });

  it('refill the burst from the hour where the minute is free, and not at all without a rate', () => {
    const names = (limits: RateLimits): string[] =>
      limitWindows(resolveRateLimits(limits)).map((window) => `${window.name} ${window.windowMs}`);
    expect(names({ requestsPerMinute: null })).toEqual(['burst 36000', 'hour 3600000']);
    expect(names({ requestsPerMinute: null, requestsPerHour: null })).toEqual([]);
    expect(names({ burst: null })).toEqual(['minute 60000', 'hour 3600000']);
  });
});
