import type { JournalQuery, JournalRecord } from '../stores.js';
import { readCheckedLine } from './checked-line.js';
import { codeOf, readError } from './file-errors.js';
import type { FileHost } from './file-host.js';

const NAME = /^\d{8}\.jsonl$/;

/** What a segment holds, so that a query for something else need not read it. */
export interface SegmentIndex {
  /** Of the records: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Hashes of the calls. */
  readonly calls: { has(hash: number): boolean };
}

/** The index of the segment that grows. */
export class GrowingIndex implements SegmentIndex {
  from = Infinity;
  to = -Infinity;
  readonly calls = new Set<number>();

  add({ record: { at, callId } }: JournalRecord, crc32: FileHost['crc32']): void {
    this.from = Math.min(this.from, at);
    this.to = Math.max(this.to, at);
    this.calls.add(crc32(callId));
  }
}

/** A record out of the line of a segment; `null` where the line is damaged. */
export function readRecord(line: string, crc32: FileHost['crc32']): JournalRecord | null {
  const read = readCheckedLine(line, crc32);
  return read === null ? null : ({ kind: read['kind'], record: read['record'] } as JournalRecord);
}

/**
 * The files of a journal: `00000001.jsonl` and so on, in the order of writing. Beside each that is full stands
 * `00000001.index`: what it holds. An index that is lost or damaged is made again.
 */
export class JournalSegments {
  readonly directory: string;
  readonly #host: FileHost;
  readonly #indexes = new Map<number, SegmentIndex>();

  constructor(directory: string, host: FileHost) {
    this.directory = directory;
    this.#host = host;
  }

  /** Their numbers, in the order of writing. */
  list(): readonly number[] {
    return this.#host.fs
      .readdirSync(this.directory)
      .filter((name) => NAME.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((one, other) => one - other);
  }

  pathOf(segment: number): string {
    return `${this.directory}/${nameOf(segment)}.jsonl`;
  }

  /** Nothing more is written to the segment. */
  seal(segment: number, index: GrowingIndex): void {
    this.#indexes.set(segment, this.#save(segment, index));
  }

  /** Whether a segment that is full may hold what is asked for. */
  mayHold(segment: number, query: JournalQuery): boolean {
    const asksForAll = query.from === undefined && query.to === undefined && query.callId === undefined;
    return asksForAll || isAskedFor(this.#indexOf(segment), query, this.#host.crc32);
  }

  /** Removes the segments whose last record is older, from the oldest on; never `active`. */
  removeBefore(instant: number, active: number): void {
    for (const segment of this.list()) {
      if (segment >= active || this.#indexOf(segment).to >= instant) return;
      this.#indexes.delete(segment);
      this.#host.fs.unlinkSync(this.pathOf(segment));
      this.#remove(this.#indexPathOf(segment));
    }
  }

  /** What lines hold. */
  indexLines(content: Uint8Array): GrowingIndex {
    const index = new GrowingIndex();
    for (const line of new TextDecoder().decode(content).split('\n')) {
      const entry = line === '' ? null : readRecord(line, this.#host.crc32);
      if (entry !== null) index.add(entry, this.#host.crc32);
    }
    return index;
  }

  #indexOf(segment: number): SegmentIndex {
    let index = this.#indexes.get(segment);
    if (index === undefined) {
      index = this.#load(segment) ?? this.#restore(segment);
      this.#indexes.set(segment, index);
    }
    return index;
  }

  #load(segment: number): SegmentIndex | null {
    try {
      return decodeIndex(this.#host.fs.readFileSync(this.#indexPathOf(segment)), this.#host.crc32);
    } catch {
      return null;
    }
  }

  #restore(segment: number): SegmentIndex {
    let content: Uint8Array;
    try {
      content = this.#host.fs.readFileSync(this.pathOf(segment));
    } catch (error) {
      // Removed meanwhile: nothing is in it.
      if (codeOf(error) === 'ENOENT') return new GrowingIndex();
      throw readError(this.pathOf(segment), error);
    }
    return this.#save(segment, this.indexLines(content));
  }

  #save(segment: number, index: GrowingIndex): SegmentIndex {
    const bytes = encodeIndex(index, this.#host.crc32);
    const path = this.#indexPathOf(segment);
    try {
      this.#host.fs.writeFileSync(path, bytes, { mode: 0o600 });
    } catch {
      // It can be made again from what it tells of.
      this.#remove(path);
    }
    return decodeIndex(bytes, this.#host.crc32) ?? index;
  }

  #remove(path: string): void {
    try {
      this.#host.fs.unlinkSync(path);
    } catch {
      // It was not there.
    }
  }

  #indexPathOf(segment: number): string {
    return `${this.directory}/${nameOf(segment)}.index`;
  }
}

/** Whether there may be records that the query asks for where there is what the index tells of. */
export function isAskedFor(index: SegmentIndex, query: JournalQuery, crc32: FileHost['crc32']): boolean {
  const { from = -Infinity, to = Infinity, callId } = query;
  if (index.to < from || index.from >= to) return false;
  return callId === undefined || index.calls.has(crc32(callId));
}

/** Bytes before the hashes of the calls: the checksum of all that follows, 4 unused, and the two instants. */
const HEADER_BYTES = 24;

function encodeIndex({ from, to, calls }: GrowingIndex, crc32: FileHost['crc32']): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + 4 * calls.size);
  new Float64Array(bytes.buffer, 8, 2).set([from, to]);
  new Uint32Array(bytes.buffer, HEADER_BYTES).set([...calls]);
  new Uint32Array(bytes.buffer, 0, 1)[0] = crc32(bytes.subarray(8));
  return bytes;
}

function decodeIndex(content: Uint8Array, crc32: FileHost['crc32']): SegmentIndex | null {
  if (content.length < HEADER_BYTES || content.length % 4 !== 0) return null;
  // A copy is aligned, and no part of something larger.
  const bytes = new Uint8Array(content);
  if (new Uint32Array(bytes.buffer, 0, 1)[0] !== crc32(bytes.subarray(8))) return null;
  const [from = Infinity, to = -Infinity] = new Float64Array(bytes.buffer, 8, 2);
  const hashes = new Uint32Array(bytes.buffer, HEADER_BYTES);
  return { from, to, calls: { has: (hash) => hashes.includes(hash) } };
}

function nameOf(segment: number): string {
  return String(segment).padStart(8, '0');
}
