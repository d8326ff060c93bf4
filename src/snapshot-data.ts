import type { Snapshot } from './stores.js';

/**
 * What a snapshot holds, if it is of this format and version.
 * @throws {TypeError} where it is of another.
 */
export function snapshotData(snapshot: unknown, expected: Pick<Snapshot, 'format' | 'version'>): unknown {
  const { format, version, data } = Object(snapshot) as Partial<Snapshot>;
  if (format === expected.format && version === expected.version) return data;
  throw new TypeError(
    `expected ${expected.format} of version ${expected.version}, got ${String(format)} of ${String(version)}`,
  );
}
