import { describe, expect, it } from 'vitest';
import { didYouMean, nearestName } from '../src/nearest-name.js';

const KNOWN = ['burst', 'requestsPerMinute', 'requestsPerHour', 'tokensPerMinute'];

describe('nearestName', () => {
  it.each([
    ['burts', 'burst'],
    ['Burst', 'burst'],
    ['bust', 'burst'],
    ['requestPerMinute', 'requestsPerMinute'],
    ['requests_per_hour', 'requestsPerHour'],
    ['tokensperminute', 'tokensPerMinute'],
  ])('%s → %s', (name, nearest) => {
    expect(nearestName(name, KNOWN)).toBe(nearest);
  });

  it.each(['', 'x', 'colour', 'b'.repeat(10_000)])('finds nothing near %.20j', (name) => {
    expect(nearestName(name, KNOWN)).toBeNull();
  });

  it('does not take any short name for any other', () => {
    expect(nearestName('foo', ['bar', 'id', 'to'])).toBeNull();
    expect(nearestName('to', ['id', 'do'])).toBe('do');
  });

  it('takes the nearest, of equals the first', () => {
    expect(nearestName('limit', ['limits', 'limit', 'limi'])).toBe('limit');
    expect(nearestName('limi', ['lima', 'limo'])).toBe('lima');
  });

  it('asks, or says nothing', () => {
    expect(didYouMean('burts', KNOWN)).toBe(" Did you mean 'burst'?");
    expect(didYouMean('colour', KNOWN)).toBe('');
    expect(didYouMean('burts', [])).toBe('');
  });
});
