import type { StoreError } from '../errors.js';
import { writeError } from './file-errors.js';
import type { FileHost, FileSystem } from './file-host.js';

const NEWLINE = 10;

/** What the files of one directory have in common. */
export interface LineFileContext {
  readonly host: FileHost;
  /** Whether what is written has to outlive the machine, not the process alone. */
  readonly isForced: boolean;
  /** @throws {StoreError} where the directory is no longer ours. */
  readonly checkOwner: () => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A file of lines that only grows. What was written is there after a crash of the process; what was written in part is
 * cut off, at once or, after a crash, when it is opened.
 */
export class LineFile {
  readonly path: string;
  /** Bytes of a line that was never finished, cut off when the file was opened. */
  readonly tornBytes: number;
  readonly #context: LineFileContext;
  readonly #descriptor: number;
  readonly #encoder = new TextEncoder();
  #size: number;
  /** Something half-written may follow what counts. */
  #isTorn = false;
  #isEntryForced: boolean;
  /** Why the disk did not take what was written. */
  #failure: StoreError | null = null;
  /** Who waits until lines are on the disk. */
  #waiting: Waiting[] = [];
  #forcing: Promise<void> | null = null;

  /** @param content Of the file as it is; `null` where it is new. */
  constructor(
    path: string,
    content: Uint8Array | null,
    context: LineFileContext & { readonly isNew?: boolean },
  ) {
    this.path = path;
    this.#context = context;
    this.#size = content === null ? 0 : content.lastIndexOf(NEWLINE) + 1;
    this.tornBytes = (content?.length ?? 0) - this.#size;
    const { fs } = context.host;
    this.#descriptor = fs.openSync(path, 'a', 0o600);
    if (this.tornBytes > 0) fs.truncateSync(path, this.#size);
    this.#isEntryForced = content !== null && context.isNew !== true;
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** Whether the disk failed to take what was written: nobody knows what of it there is, and the next file is better. */
  get isDoubtful(): boolean {
    return this.#failure !== null;
  }

  /**
   * Writes whole lines, or nothing. A promise only where they have to outlive the machine: lines written meanwhile
   * are forced to the disk together.
   * @throws {StoreError}
   */
  append(lines: string): Promise<void> | undefined {
    const { host, isForced, checkOwner } = this.#context;
    checkOwner();
    const bytes = this.#encoder.encode(lines);
    try {
      if (this.#isTorn) this.#cut();
      let written = 0;
      this.#isTorn = true;
      while (written < bytes.length) {
        written += host.fs.writeSync(this.#descriptor, bytes, written, bytes.length - written);
      }
      this.#isTorn = false;
    } catch (cause) {
      this.#tryToCut();
      throw writeError(this.path, cause);
    }
    this.#size += bytes.length;
    return isForced ? this.#forced() : undefined;
  }

  /** Closes it once what is under way is done. */
  async close(): Promise<void> {
    while (this.#forcing !== null) await this.#forcing;
    this.#context.host.fs.closeSync(this.#descriptor);
  }

  #cut(): void {
    this.#context.host.fs.truncateSync(this.path, this.#size);
    this.#isTorn = false;
  }

  #tryToCut(): void {
    try {
      if (this.#isTorn) this.#cut();
    } catch {
      // It is tried again before the next line.
    }
  }

  /** Once what is written now is on the disk. */
  #forced(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#forcing ??= this.#forceAll();
    });
  }

  async #forceAll(): Promise<void> {
    // What is written in the same turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const served = this.#waiting;
      this.#waiting = [];
      // A disk that failed once may say afterwards that all is well, without what it lost.
      this.#failure ??= await this.#force();
      for (const { resolve, reject } of served) {
        if (this.#failure === null) resolve();
        else reject(this.#failure);
      }
    }
    this.#forcing = null;
  }

  async #force(): Promise<StoreError | null> {
    const { fs } = this.#context.host;
    if (!this.#isEntryForced) {
      await forceEntry(fs, this.path);
      this.#isEntryForced = true;
    }
    return new Promise((resolve) => {
      fs.fdatasync(this.#descriptor, (error) => {
        resolve(error === null ? null : writeError(this.path, error));
      });
    });
  }
}

/** A new file is found after a power failure only once its folder is forced to the disk. */
async function forceEntry(fs: FileSystem, path: string): Promise<void> {
  try {
    const folder = await fs.promises.open(path.slice(0, path.lastIndexOf('/')), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows has no such thing: there the file system sees to it.
  }
}
