import { describe, expect, it } from 'vitest';
import { Listings } from '../../src/catalog/listings.js';
import { listedModel } from '../upstream/fake-provider.js';

const read = (listings: Listings, provider: string, ...ids: readonly string[]): void =>
  listings.apply(provider, ids.map(listedModel));

describe('Listings', () => {
  it('ask providers in the order of preference, whichever was read first', () => {
    const listings = new Listings(['one', 'two']);
    read(listings, 'stranger', 'm');
    read(listings, 'two', 'm', 'only-two');
    expect(listings.find(['m'], undefined)?.provider).toBe('two');
    read(listings, 'one', 'm');
    expect(listings.providers()).toEqual(['one', 'two', 'stranger']);
    expect(listings.find(['m'], undefined)?.provider).toBe('one');
    expect(listings.find(['m'], 'two')?.provider).toBe('two');
    expect(listings.find(['nowhere', 'only-two'], undefined)?.listed.id).toBe('only-two');
    expect(listings.find(['nowhere'], undefined)).toBeUndefined();
    expect(listings.find(['m'], 'unread')).toBeUndefined();
  });

  it('know what they do not know', () => {
    const listings = new Listings(['one']);
    expect(listings.isEmpty).toBe(true);
    expect([listings.has('one', 'm'), listings.count('one')]).toEqual([null, null]);
    read(listings, 'one', 'm', 'toString');
    expect([listings.has('one', 'm'), listings.has('one', '__proto__'), listings.count('one')]).toEqual([
      true,
      false,
      2,
    ]);
    expect(listings.isEmpty).toBe(false);
    read(listings, 'one');
    expect([listings.has('one', 'm'), listings.count('one'), listings.ids()]).toEqual([false, 0, []]);
  });
});
