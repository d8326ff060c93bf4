import { describe, expect, it, vi } from 'vitest';
import { RouteLLError } from '../../src/errors.js';
import type { ListedModel, Logger } from '../../src/types.js';
import { ModelListing, type ModelListingOptions } from '../../src/upstream/model-listing.js';
import type { Provider } from '../../src/upstream/provider.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';
import { fakeProvider, hanging, listedModel } from './fake-provider.js';

interface Setup {
  readonly clock: FakeClock;
  readonly listing: ModelListing;
  readonly provider: Provider;
  readonly models: ReturnType<typeof vi.fn<Provider['models']>>;
  readonly onListing: ReturnType<typeof vi.fn<ModelListingOptions['onListing']>>;
  readonly debug: ReturnType<typeof vi.fn<Logger['debug']>>;
}

const FIRST = [listedModel('first')];
const SECOND = [listedModel('second')];
const failure = new RouteLLError('upstream', 'The upstream is down.', { retryable: true });

function setUp(options: Partial<ModelListingOptions> = {}): Setup {
  const clock = fakeClock();
  const models = vi.fn<Provider['models']>().mockResolvedValue(FIRST);
  const onListing = vi.fn<ModelListingOptions['onListing']>();
  const debug = vi.fn<Logger['debug']>();
  const silent = (): void => undefined;
  const provider = fakeProvider({ models });
  const listing = new ModelListing(provider, {
    clock,
    logger: { debug, info: silent, warn: silent, error: silent },
    onListing,
    maxAgeMs: 1000,
    retryAfterMs: 100,
    timeoutMs: 50,
    ...options,
  });
  return { clock, listing, provider, models, onListing, debug };
}

describe('ModelListing', () => {
  it('reads nothing until it is asked', () => {
    expect(setUp().models).not.toHaveBeenCalled();
  });

  it('reads once, keeps it, and tells of it', async () => {
    const { listing, models, onListing, provider, clock } = setUp();
    expect(await listing.models()).toBe(FIRST);
    await clock.advance(999);
    expect(listing.models()).toBe(FIRST);
    expect(models).toHaveBeenCalledTimes(1);
    expect(onListing).toHaveBeenCalledExactlyOnceWith(provider, FIRST);
    expect(clock.pending).toBe(0);
  });

  it('readings at the same time are one', async () => {
    const { listing, models } = setUp();
    const all = await Promise.all([listing.models(), listing.refresh(), listing.models()]);
    expect(all).toEqual([FIRST, FIRST, FIRST]);
    expect(models).toHaveBeenCalledTimes(1);
  });

  it('gives an old list at once while a new one is read behind', async () => {
    const { listing, models, clock } = setUp();
    await listing.models();
    await clock.advance(1000);
    let answer: (models: readonly ListedModel[]) => void = () => undefined;
    models.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    expect(listing.models()).toBe(FIRST);
    expect(listing.models()).toBe(FIRST);
    expect(models).toHaveBeenCalledTimes(2);
    answer(SECOND);
    await clock.advance(0);
    expect(listing.models()).toBe(SECOND);
  });

  it('has none where none can be had, asks again only after a while, and never rejects', async () => {
    const { listing, models, clock, debug, onListing } = setUp();
    models.mockRejectedValue(failure);
    expect(await listing.models()).toBeNull();
    expect(listing.models()).toBeNull();
    expect(models).toHaveBeenCalledTimes(1);
    expect(onListing).not.toHaveBeenCalled();
    expect(debug).toHaveBeenCalledTimes(1);
    await clock.advance(100);
    models.mockResolvedValue(SECOND);
    expect(await listing.models()).toBe(SECOND);
  });

  it('keeps the old list where the new one cannot be had', async () => {
    const { listing, models, clock } = setUp();
    await listing.models();
    await clock.advance(1000);
    models.mockRejectedValue(failure);
    expect(listing.models()).toBe(FIRST);
    await clock.advance(0);
    expect(listing.models()).toBe(FIRST);
    expect(models).toHaveBeenCalledTimes(2);
    await clock.advance(100);
    expect(listing.models()).toBe(FIRST);
    expect(models).toHaveBeenCalledTimes(3);
  });

  it('a refresh reads at once, and rejects with the error of the provider', async () => {
    const { listing, models } = setUp();
    await listing.models();
    models.mockResolvedValueOnce(SECOND);
    expect(await listing.refresh()).toBe(SECOND);
    models.mockRejectedValueOnce(failure);
    await expect(listing.refresh()).rejects.toBe(failure);
    expect(listing.models()).toBe(SECOND);
  });

  it('an empty list is a list', async () => {
    const { listing, models } = setUp();
    models.mockResolvedValue([]);
    expect(await listing.models()).toEqual([]);
    expect(listing.models()).toEqual([]);
    expect(models).toHaveBeenCalledTimes(1);
  });

  it('waits no longer than its time, headers and body together', async () => {
    const { listing, models, clock } = setUp();
    models.mockImplementation(hanging);
    const refreshed = listing.refresh().catch((error: unknown) => error);
    const asked = listing.models();
    await clock.advance(50);
    expect(await asked).toBeNull();
    expect(await refreshed).toMatchObject({ code: 'timeout', phase: 'total' });
    expect(clock.pending).toBe(0);
  });

  it('has defaults of its own', async () => {
    const clock = fakeClock();
    const silent = (): void => undefined;
    const models = vi.fn<Provider['models']>().mockResolvedValue(FIRST);
    const listing = new ModelListing(fakeProvider({ models }), {
      clock,
      logger: { debug: silent, info: silent, warn: silent, error: silent },
      onListing: silent,
    });
    await listing.models();
    await clock.advance(299_999);
    void listing.models();
    expect(models).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    void listing.models();
    expect(models).toHaveBeenCalledTimes(2);
  });
});
