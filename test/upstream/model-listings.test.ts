import { describe, expect, it } from 'vitest';
import { RouteLLError } from '../../src/errors.js';
import type { Provider } from '../../src/upstream/provider.js';
import { ModelListing } from '../../src/upstream/model-listing.js';
import { ModelListings } from '../../src/upstream/model-listings.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';
import { fakeProvider, hanging, listedModel } from './fake-provider.js';

const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const failure = new RouteLLError('upstream', 'down');
const lists =
  (...ids: readonly string[]): Provider['models'] =>
  () =>
    Promise.resolve(ids.map(listedModel));
const fails: Provider['models'] = () => Promise.reject(failure);

function listingsOf(clock: FakeClock, ...pages: readonly Provider['models'][]): ModelListings {
  const each = pages.map(
    (models) => new ModelListing(fakeProvider({ models }), { clock, logger, onListing: silent }),
  );
  return new ModelListings(each, clock);
}

const idsOf = async (listings: ModelListings): Promise<readonly string[] | undefined> =>
  (await listings.models())?.map(({ id }) => id);

describe('ModelListings', () => {
  it('are one list, each id once, and there at once when all were read', async () => {
    const listings = listingsOf(fakeClock(), lists('a', 'b'), lists('b', 'c'));
    expect(await idsOf(listings)).toEqual(['a', 'b', 'c']);
    expect(listings.models()).not.toBeInstanceOf(Promise);
  });

  it('go without a provider that cannot be listed', async () => {
    expect(await idsOf(listingsOf(fakeClock(), fails, lists('b')))).toEqual(['b']);
  });

  it('are null where none can be had', async () => {
    expect(await listingsOf(fakeClock(), fails, fails).models()).toBeNull();
  });

  it('wait for one that hangs no longer than a second, once another has answered', async () => {
    const clock = fakeClock();
    const asked = idsOf(listingsOf(clock, hanging, lists('b')));
    let answer: readonly string[] | undefined;
    void asked.then((ids) => (answer = ids));
    await clock.advance(999);
    expect(answer).toBeUndefined();
    await clock.advance(1);
    expect(answer).toEqual(['b']);
  });

  it('wait for all where none has answered, and leave no timer', async () => {
    const clock = fakeClock();
    const asked = listingsOf(clock, hanging, hanging).models();
    await clock.advance(5_000);
    expect(await asked).toBeNull();
    expect(clock.pending).toBe(0);
  });

  it('are read anew by refresh, which fails only where all do', async () => {
    const clock = fakeClock();
    expect(await listingsOf(clock, fails, lists('b')).refresh()).toHaveLength(1);
    await expect(listingsOf(clock, fails, fails).refresh()).rejects.toBe(failure);
  });
});
