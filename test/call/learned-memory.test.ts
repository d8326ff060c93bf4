import { describe, expect, it } from 'vitest';
import { ModelRouter, type QualityEvidence, type Snapshot, type SnapshotsStore } from 'routell';
import { LearnedMemory } from '../../src/call/learned-memory.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';

const rating = (quality: number): QualityEvidence => ({
  model: 'm',
  segments: [{ key: 'task:math', share: 1 }],
  difficulty: 0.5,
  difficultyUncertainty: 0.2,
  quality,
  weight: 1,
  source: 'feedback',
});
const taught = (ratings: readonly number[]): ModelRouter => {
  const router = new ModelRouter();
  for (const quality of ratings) router.recordEvidence(rating(quality));
  return router;
};
const good = taught([1, 1, 1, 0.9]).snapshot();
const learnedOf = (router: ModelRouter) => router.getRoutingAnalytics().learned;

interface Store extends SnapshotsStore {
  readonly loads: number;
  readonly saved: Snapshot[];
}

function storeOf(load: SnapshotsStore['load'], save: () => void | Promise<void> = () => undefined): Store {
  const saved: Snapshot[] = [];
  let loads = 0;
  return {
    get loads() {
      return loads;
    },
    saved,
    load: (key) => {
      loads++;
      return load(key);
    },
    save: (_, snapshot) => {
      saved.push(snapshot);
      return save();
    },
  };
}

interface Held {
  readonly router: ModelRouter;
  readonly memory: LearnedMemory;
  readonly clock: FakeClock;
  readonly warnings: string[];
  teach(quality: number): void;
}

function memoryOn(store: SnapshotsStore): Held {
  const router = new ModelRouter();
  const clock = fakeClock();
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const logger = {
    debug: ignore,
    info: ignore,
    error: ignore,
    warn: (text: string) => void warnings.push(text),
  };
  const memory = new LearnedMemory(router, { key: 'router', store, clock, logger, learning: true });
  const teach = (quality: number): void => {
    router.recordEvidence(rating(quality));
    memory.learned(rating(quality));
  };
  return { router, memory, clock, warnings, teach };
}
/** A promise that the test resolves. */
function later<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((whenResolved) => {
    resolve = whenResolved;
  });
  return { promise, resolve };
}

describe('LearnedMemory', () => {
  it.each<[string, () => never | Promise<never>]>([
    [
      'throws',
      () => {
        throw new Error('disk');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk'))],
  ])('saves nothing over what could not be loaded, where the store %s', async (_, fail) => {
    const store = storeOf(fail);
    const { memory, clock, teach, warnings } = memoryOn(store);
    await memory.ready();
    for (let time = 0; time < 60; time++) teach(0);
    await clock.advance(11_000);
    teach(0);
    await memory.close();
    expect(store.saved).toEqual([]);
    expect(warnings.at(-1)).toBe('what the router learned is not saved');
  });

  it('loads again before it saves, and learns again what was learned meanwhile', async () => {
    let isDown = true;
    const store = storeOf(() => (isDown ? Promise.reject(new Error('down')) : good));
    const { memory, router, clock, teach } = memoryOn(store);
    await memory.ready();
    teach(0.3);
    isDown = false;
    await clock.advance(10_000);
    teach(0.6);
    await clock.advance(0);
    expect(store.loads).toBe(2);
    const expected = taught([1, 1, 1, 0.9, 0.3, 0.6]);
    expect(learnedOf(router)).toEqual(learnedOf(expected));
    expect(store.saved).toEqual([expected.snapshot()]);
  });

  it('takes over what comes late', async () => {
    const loading = later<Snapshot>();
    const store = storeOf(() => loading.promise);
    const { memory, router, clock, teach } = memoryOn(store);
    const ready = memory.ready();
    await clock.advance(2000);
    await ready;
    teach(0.3);
    loading.resolve(good);
    await clock.advance(0);
    expect(learnedOf(router)).toEqual(learnedOf(taught([1, 1, 1, 0.9, 0.3])));
    await memory.close();
    expect(store.saved).toHaveLength(1);
  });

  it('waits two seconds for the store, also at the end, and saves nothing without it', async () => {
    const store = storeOf(() => later<Snapshot>().promise);
    const { memory, clock, teach } = memoryOn(store);
    const ready = memory.ready();
    await clock.advance(2000);
    await ready;
    teach(0);
    expect(memory.ready()).toBeUndefined();
    const closed = memory.close();
    await clock.advance(2000);
    await closed;
    expect(store).toMatchObject({ loads: 1, saved: [] });
  });

  it.each<[string, Snapshot]>([
    ['version', { ...good, version: good.version + 1 }],
    ['format', { ...good, format: 'somebody-else' }],
  ])('never saves over a snapshot of another %s', async (_, foreign) => {
    const store = storeOf(() => foreign);
    const { memory, teach, warnings } = memoryOn(store);
    await memory.ready();
    for (let time = 0; time < 60; time++) teach(0);
    await memory.close();
    expect(store.saved).toEqual([]);
    expect(warnings).toEqual([
      'what the router learned before is ignored, and kept: nothing is saved in its place',
    ]);
  });

  it('saves over what makes no sense to anybody', async () => {
    const store = storeOf(() => ({ ...good, data: [[1]] }));
    const { memory, teach, warnings } = memoryOn(store);
    await memory.ready();
    teach(0);
    await memory.close();
    expect(store.saved).toHaveLength(1);
    expect(warnings).toEqual(['what the router learned before is ignored']);
  });

  it('leaves a store that failed alone for ten seconds', async () => {
    const store = storeOf(
      () => null,
      () => Promise.reject(new Error('disk')),
    );
    const { memory, clock, teach, warnings } = memoryOn(store);
    for (let time = 0; time < 200; time++) {
      teach(0.5);
      await clock.advance(10);
    }
    expect(store.saved).toHaveLength(1);
    await clock.advance(10_000);
    teach(0.5);
    await clock.advance(0);
    expect(store.saved).toHaveLength(2);
    expect(warnings).toHaveLength(2);
    await memory.close();
    expect(store.saved).toHaveLength(3);
  });

  it('learns on top of what is loaded only at the first outcome', async () => {
    const { memory, router, teach } = memoryOn(storeOf(() => good));
    teach(0.3);
    expect(learnedOf(router)).toEqual(learnedOf(taught([1, 1, 1, 0.9, 0.3])));
    await memory.close();
  });
});
