import { snapshotData } from '../../snapshot-data.js';
import type { Snapshot } from '../../stores.js';
import { MOST_OFFSETS } from './learned-abilities.js';
import type { OffsetEntry } from './offsets.js';

const FORMAT = 'routell-abilities';
/** Rises whenever an offset means something else. */
const VERSION = 1;
/** No ability is learned to be so far from its prior. */
const FARTHEST = 5;
const WIDEST = 1;

/** Segment, model, mean, variance, prior variance, count. */
type Row = readonly [string, string, number, number, number, number];

/** What was learned, as plain JSON: no text of any ask, but the names of segments, and so the tags of calls. */
export function abilitySnapshot(entries: Iterable<OffsetEntry>): Snapshot {
  const rows: Row[] = [];
  for (const { segment, model, offset } of entries) {
    rows.push([segment, model, offset.mean, offset.variance, offset.priorVariance, offset.count]);
  }
  return { format: FORMAT, version: VERSION, data: rows };
}

/**
 * The offsets of a snapshot.
 * @throws {TypeError} where it is of another format or version, larger than can be, or holds a row that makes no
 *   sense: then none of it is used.
 */
export function offsetsOf(snapshot: unknown): readonly OffsetEntry[] {
  const data = snapshotData(snapshot, { format: FORMAT, version: VERSION });
  if (!Array.isArray(data)) throw new TypeError('its data is no list');
  if (data.length > MOST_OFFSETS)
    throw new TypeError(`it has ${data.length} rows, more than ${MOST_OFFSETS}`);
  return data.map((row: unknown, index) => {
    if (!isRow(row)) throw new TypeError(`its row ${index} makes no sense`);
    const [segment, model, mean, variance, priorVariance, count] = row;
    return { segment, model, offset: { mean, variance, priorVariance, count, forgotten: 0 } };
  });
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 6) return false;
  const [segment, model, mean, variance, priorVariance, count] = row as readonly unknown[];
  return (
    typeof segment === 'string' &&
    typeof model === 'string' &&
    isWithin(mean, -FARTHEST, FARTHEST) &&
    isWithin(priorVariance, Number.MIN_VALUE, WIDEST) &&
    // Rounding may put a variance a hair above where it began.
    isWithin(variance, Number.MIN_VALUE, priorVariance * 1.001) &&
    isWithin(count, 0, Number.MAX_SAFE_INTEGER)
  );
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && value >= least && value <= most;
}
