import { describe, expect, it } from 'vitest';
import type { Snapshot, SnapshotsStore } from '../../src/stores.js';
import type { MaybePromise } from '../../src/types.js';

const snapshotOf = (data: unknown): Snapshot => ({ format: 'a-format', version: 3, data });

/** What every snapshots store promises. `make` gives an empty one each time. */
export function snapshotsStoreContract(name: string, make: () => MaybePromise<SnapshotsStore>): void {
  describe(`snapshots store: ${name}`, () => {
    it('has nothing where nothing was saved', async () => {
      const store = await make();
      expect(await store.load('router')).toBeNull();
      expect(await store.load('__proto__')).toBeNull();
    });

    it('gives what was saved last, as plain JSON', async () => {
      const store = await make();
      await store.save('router', snapshotOf([1]));
      await store.save('router', snapshotOf([['tag:Ünïcode "quoted"', 0.5, null, { nested: [true] }]]));
      expect(await store.load('router')).toEqual(
        snapshotOf([['tag:Ünïcode "quoted"', 0.5, null, { nested: [true] }]]),
      );
    });

    it('keeps keys apart', async () => {
      const store = await make();
      await store.save('a', snapshotOf('of a'));
      await store.save('b', snapshotOf('of b'));
      expect(await store.load('a')).toEqual(snapshotOf('of a'));
    });

    it('is not changed by what happens to the object that was saved, or to the one that was loaded', async () => {
      const store = await make();
      const data = [1, 2];
      await store.save('router', snapshotOf(data));
      data.push(3);
      ((await store.load('router'))?.data as number[]).push(4);
      expect(await store.load('router')).toEqual(snapshotOf([1, 2]));
    });
  });
}
