import { snapshotData } from '../snapshot-data.js';
import type { Snapshot } from '../stores.js';
import { isLengthBin, type LengthBin, LengthSketch } from './length-sketch.js';

/** What is kept of one model at one task. */
export interface HistoryCell {
  readonly lengths: LengthSketch;
  stretch: number;
  seen: number;
  latencyMs: number;
}

const FORMAT = 'routell-answers';
/** Rises whenever a figure means something else. */
const VERSION = 1;
const LONGEST_KEY = 1000;

/** Key, stretch, answers, latency, bins of lengths. */
type Row = readonly [string, number, number, number, readonly LengthBin[]];

export function emptyCell(): HistoryCell {
  return { lengths: new LengthSketch(), stretch: 1, seen: 0, latencyMs: 0 };
}

/** What was seen, as plain JSON: names of models and tasks, and numbers. */
export function historySnapshot(cells: ReadonlyMap<string, HistoryCell>): Snapshot {
  const rows = [...cells].map(([key, { stretch, seen, latencyMs, lengths }]): Row => [
    key,
    stretch,
    seen,
    latencyMs,
    lengths.bins(),
  ]);
  return { format: FORMAT, version: VERSION, data: rows };
}

/**
 * The cells of a snapshot.
 * @throws {TypeError} where it is of another format or version, larger than can be, or holds a row that makes no
 *   sense: then none of it is used.
 */
export function cellsOf(snapshot: unknown, mostCells: number): readonly (readonly [string, HistoryCell])[] {
  const data = snapshotData(snapshot, { format: FORMAT, version: VERSION });
  if (!Array.isArray(data)) throw new TypeError('its data is no list');
  if (data.length > mostCells) throw new TypeError(`it has ${data.length} rows, more than ${mostCells}`);
  return data.map((row: unknown, index) => {
    if (!isRow(row)) throw new TypeError(`its row ${index} makes no sense`);
    const [key, stretch, seen, latencyMs, bins] = row;
    return [key, { lengths: new LengthSketch(bins), stretch, seen, latencyMs }] as const;
  });
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row) || row.length !== 5) return false;
  const [key, stretch, seen, latencyMs, bins] = row as readonly unknown[];
  return (
    typeof key === 'string' &&
    key.length <= LONGEST_KEY &&
    isAtLeast(stretch, 1) &&
    isAtLeast(seen, 0) &&
    isAtLeast(latencyMs, 0) &&
    Array.isArray(bins) &&
    bins.every(isLengthBin)
  );
}

function isAtLeast(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= least;
}
