import type { Clock } from '../clock.js';
import { RouteLLError } from '../errors.js';
import type { JournalQuery, JournalRecord, JournalStore } from '../stores.js';
import type { Logger, MaybePromise } from '../types.js';
import { checkedLine } from './checked-line.js';
import { codeOf, readError, writeError } from './file-errors.js';
import { matches } from './journal-query.js';
import { GrowingIndex, isAskedFor, JournalSegments, readRecord } from './journal-segments.js';
import { LineFile, type LineFileContext } from './line-file.js';

/** A segment is read whole when the journal is opened, and removed whole. */
const SEGMENT_BYTES = 2 ** 20;
const CHUNK_BYTES = 2 ** 18;
const DAY_MS = 86_400_000;

export interface FileJournalOptions extends LineFileContext {
  /** Made where it is not there. */
  readonly directory: string;
  /** Days after which records are removed; `null`: never. */
  readonly retentionDays: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where a segment ends. @default 1 MiB */
  readonly segmentBytes?: number;
}

/**
 * A journal on disk: JSON lines in segments of 1 MiB, each line with its checksum. Opening reads the last segment only;
 * a query for a call or a time reads only the segments that may hold it.
 */
export class FileJournal implements JournalStore {
  readonly #options: FileJournalOptions;
  readonly #segments: JournalSegments;
  readonly #segmentBytes: number;
  #active: number;
  #file: LineFile;
  #index: GrowingIndex;
  #isClosed = false;
  /** Segments that were rotated away and are not closed yet. */
  readonly #closing = new Set<Promise<void>>();
  /** Segments whose damaged lines were told. */
  readonly #told = new Set<number>();

  constructor(options: FileJournalOptions) {
    const { directory, host, logger, segmentBytes = SEGMENT_BYTES } = options;
    this.#options = options;
    this.#segmentBytes = segmentBytes;
    host.fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#segments = new JournalSegments(directory, host);
    const last = this.#segments.list().at(-1);
    this.#active = last ?? 1;
    const path = this.#segments.pathOf(this.#active);
    const content = last === undefined ? null : host.fs.readFileSync(path);
    this.#file = new LineFile(path, content, options);
    this.#index = content === null ? new GrowingIndex() : this.#segments.indexLines(content);
    const { tornBytes } = this.#file;
    if (tornBytes > 0)
      logger.warn('an unfinished record at the end of the journal is cut off', { path, tornBytes });
    this.#removeOld();
  }

  append(entry: JournalRecord): MaybePromise<void> {
    if (this.#isClosed) throw closedError();
    const { crc32 } = this.#options.host;
    const line = checkedLine({ kind: entry.kind, record: entry.record }, crc32);
    if (this.#isOver()) this.#rotate();
    const forced = this.#file.append(line);
    this.#index.add(entry, crc32);
    return forced;
  }

  read(query: JournalQuery = {}): AsyncIterable<JournalRecord> {
    return { [Symbol.asyncIterator]: () => this.#read({ ...query }, this.#file.size, this.#active) };
  }

  /** Waits for what is under way. What was acknowledged is there without it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#file.close(), ...this.#closing]);
  }

  /** Where records are removed, a segment holds a day at most, so that it is not kept for its latest. */
  #isOver(): boolean {
    const { retentionDays, clock } = this.#options;
    const isOld = retentionDays !== null && clock.now() - this.#index.from > DAY_MS;
    return isOld || this.#file.size >= this.#segmentBytes || this.#file.isDoubtful;
  }

  #rotate(): void {
    const next = this.#active + 1;
    const file = this.#open(this.#segments.pathOf(next));
    const closing = this.#file.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
    this.#segments.seal(this.#active, this.#index);
    this.#file = file;
    this.#active = next;
    this.#index = new GrowingIndex();
    this.#removeOld();
  }

  #open(path: string): LineFile {
    this.#options.checkOwner();
    try {
      return new LineFile(path, null, this.#options);
    } catch (error) {
      throw writeError(path, error);
    }
  }

  #removeOld(): void {
    const { retentionDays, clock, logger } = this.#options;
    if (retentionDays === null) return;
    try {
      this.#segments.removeBefore(clock.now() - retentionDays * DAY_MS, this.#active);
    } catch (error) {
      const fields = { path: this.#segments.directory, code: codeOf(error) };
      logger.warn('old records of the journal could not be removed', fields);
    }
  }

  /** What there was when it began: later segments, and what follows `size` in the active one, are not read. */
  async *#read(query: JournalQuery, size: number, active: number): AsyncGenerator<JournalRecord, void> {
    const { crc32 } = this.#options.host;
    for (const segment of this.#segments.list()) {
      if (segment > active) return;
      const isActive = segment === this.#active;
      if (isActive ? !isAskedFor(this.#index, query, crc32) : !this.#segments.mayHold(segment, query))
        continue;
      yield* this.#readSegment(segment, query, segment === active ? size : Infinity);
    }
  }

  async *#readSegment(
    segment: number,
    query: JournalQuery,
    size: number,
  ): AsyncGenerator<JournalRecord, void> {
    const { host, logger } = this.#options;
    const path = this.#segments.pathOf(segment);
    // As it stands in the line: others need not be parsed.
    const needle = query.callId === undefined ? '' : JSON.stringify(query.callId);
    let damagedLines = 0;
    for await (const line of linesOf(host.fs, path, size)) {
      if (!line.includes(needle)) continue;
      const entry = readRecord(line, host.crc32);
      if (entry === null) damagedLines++;
      else if (matches(entry, query)) yield entry;
    }
    if (damagedLines === 0 || this.#told.has(segment)) return;
    this.#told.add(segment);
    logger.warn('damaged lines of the journal are skipped', { path, damagedLines });
  }
}

export function closedError(): RouteLLError {
  return new RouteLLError('closed', 'The stores are closed. Open the directory anew with fileStores().');
}

/** The whole lines of the first bytes of a file; nothing where it was removed meanwhile. */
async function* linesOf(
  fs: FileJournalOptions['host']['fs'],
  path: string,
  size: number,
): AsyncGenerator<string, void> {
  const file = await fs.promises.open(path, 'r').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw readError(path, error);
  });
  if (file === null) return;
  const chunk = new Uint8Array(CHUNK_BYTES);
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (let position = 0; position < size;) {
      const length = Math.min(CHUNK_BYTES, size - position);
      const { bytesRead } = await file.read(chunk, 0, length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const lines = (rest + decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw codeOf(error) === null ? error : readError(path, error);
  } finally {
    await file.close();
  }
}
