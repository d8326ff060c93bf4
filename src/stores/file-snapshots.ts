import { StoreError } from '../errors.js';
import type { Snapshot, SnapshotsStore } from '../stores.js';
import type { Logger } from '../types.js';
import { checkedLine, readCheckedLine } from './checked-line.js';
import { codeOf, readError, writeError } from './file-errors.js';
import type { LineFileContext } from './line-file.js';

export interface FileSnapshotsOptions extends LineFileContext {
  /** Made where it is not there. */
  readonly directory: string;
  readonly logger: Logger;
}

/** A file for each key, which the next one replaces at once or not at all. */
export class FileSnapshots implements SnapshotsStore {
  readonly #options: FileSnapshotsOptions;

  constructor(options: FileSnapshotsOptions) {
    this.#options = options;
    options.host.fs.mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  }

  load(key: string): Snapshot | null {
    const { host, logger } = this.#options;
    const path = this.#pathOf(key);
    let text: string;
    try {
      text = host.fs.readFileSync(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw readError(path, error);
    }
    const read = readCheckedLine(text.trimEnd(), host.crc32);
    if (read !== null) return read['snapshot'] as Snapshot;
    // Kept for whoever wants to look at it; else nothing could ever be saved again.
    const keptAs = `${path}.damaged`;
    this.#rename(path, keptAs);
    logger.warn('a snapshot is damaged, and set aside', { path, keptAs });
    return null;
  }

  save(key: string, snapshot: Snapshot): void {
    const { host, isForced, checkOwner } = this.#options;
    checkOwner();
    const path = this.#pathOf(key);
    const fresh = `${path}.new`;
    try {
      const line = checkedLine({ key, snapshot }, host.crc32);
      host.fs.writeFileSync(fresh, line, { mode: 0o600, flush: isForced });
    } catch (error) {
      throw writeError(path, error);
    }
    this.#rename(fresh, path);
  }

  #rename(from: string, to: string): void {
    try {
      this.#options.host.fs.renameSync(from, to);
    } catch (error) {
      throw writeError(to, error);
    }
  }

  #pathOf(key: string): string {
    if (key === '') throw new StoreError('a snapshot needs a key', { path: '', systemCode: null });
    return `${this.#options.directory}/${fileNameOf(key)}.json`;
  }
}

/** Different for different keys, also where capitals count for nothing, and no path. */
function fileNameOf(key: string): string {
  const bytes = new TextEncoder().encode(key);
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
  }).join('');
}
