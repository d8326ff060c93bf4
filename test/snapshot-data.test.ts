import { describe, expect, it } from 'vitest';
import { snapshotData } from '../src/snapshot-data.js';

describe('snapshotData', () => {
  const expected = { format: 'routell-test', version: 2 };

  it('gives what a snapshot of the format and version holds', () => {
    expect(snapshotData({ ...expected, data: [1] }, expected)).toEqual([1]);
  });

  it.each([
    [{ format: 'routell-test', version: 1, data: [] }, 'routell-test of 1'],
    [{ format: 'other', version: 2, data: [] }, 'other of 2'],
    [null, 'undefined of undefined'],
    ['a text', 'undefined of undefined'],
  ])('refuses %j', (snapshot, got) => {
    expect(() => snapshotData(snapshot, expected)).toThrow(
      new TypeError(`expected routell-test of version 2, got ${got}`),
    );
  });
});
