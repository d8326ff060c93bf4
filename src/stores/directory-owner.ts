import { ConfigurationError, StoreError } from '../errors.js';
import type { Logger } from '../types.js';
import type { FileHost, FileSystem } from './file-host.js';

const NAME = /^owner-(\d{8})$/;
const RELEASED = 'nobody';

/** A process, as its mark in the directory names it. */
interface Owner {
  readonly pid: number;
  readonly start: string;
  readonly place: string;
}

/**
 * The one process that writes to a directory, so long as it lives. Its mark is a symbolic link whose target says who it
 * is: made in one step, with its content, even on a full disk. Marks are numbered and the highest is right: taking over
 * makes the next one, so that two that find a dead owner cannot both follow it.
 */
export class DirectoryOwner {
  readonly #directory: string;
  readonly #host: FileHost;
  readonly #mark: string;
  readonly #path: string;
  readonly #number: number;

  /** @throws {ConfigurationError} where another process that runs owns it, or no mark can be made. */
  constructor(directory: string, host: FileHost, logger: Logger) {
    this.#directory = directory;
    this.#host = host;
    this.#mark = `${host.pid}.${host.startOf(host.pid)}.${host.place}`;
    this.#number = this.#acquire(logger);
    this.#path = pathOf(directory, this.#number);
    this.#removeOlder();
  }

  /** @throws {StoreError} where the directory was removed, or somebody elsewhere took it over. */
  check(): void {
    if (readMark(this.#host.fs, this.#path) === this.#mark) return;
    throw new StoreError(
      `${this.#directory} was taken over by another process, or removed. Give each process a directory of its own, and start this one anew.`,
      { path: this.#directory, systemCode: null },
    );
  }

  /** Another may follow at once. */
  release(): void {
    const { fs } = this.#host;
    if (readMark(fs, this.#path) !== this.#mark) return;
    makeMark(fs, pathOf(this.#directory, this.#number + 1), RELEASED);
    fs.unlinkSync(this.#path);
  }

  #acquire(logger: Logger): number {
    for (;;) {
      const last = this.#highest();
      if (last > 0) this.#refuseIfOwned(pathOf(this.#directory, last), logger);
      const path = pathOf(this.#directory, last + 1);
      if (!makeMark(this.#host.fs, path, this.#mark)) continue;
      // Between the look and the mark others may have come and gone.
      if (this.#highest() === last + 1) return last + 1;
      this.#host.fs.unlinkSync(path);
    }
  }

  #refuseIfOwned(path: string, logger: Logger): void {
    const owner = ownerOf(readMark(this.#host.fs, path));
    if (owner === null) return;
    const { pid, start, place } = owner;
    if (place !== this.#host.place) {
      logger.warn('the files are taken over from a process elsewhere, or from before a restart', {
        path: this.#directory,
        pid,
      });
      return;
    }
    if (!this.#host.isRunning(pid)) return;
    const startNow = this.#host.startOf(pid);
    if (start !== '?' && startNow !== '?' && start !== startNow) return;
    const who = pid === this.#host.pid ? `this process (${pid})` : `process ${pid}`;
    throw new ConfigurationError(
      'directory',
      `directory ${this.#directory} is in use by ${who}. Share one fileStores() within a process, close() it before another, and give each process a directory of its own. If that process is no program of yours, remove ${path}.`,
    );
  }

  #highest(): number {
    return Math.max(0, ...this.#numbers());
  }

  #numbers(): readonly number[] {
    return this.#host.fs
      .readdirSync(this.#directory)
      .flatMap((name) => (NAME.test(name) ? [Number(name.slice('owner-'.length))] : []));
  }

  #removeOlder(): void {
    for (const number of this.#numbers()) {
      if (number >= this.#number) continue;
      try {
        this.#host.fs.unlinkSync(pathOf(this.#directory, number));
      } catch {
        // Whoever made it removed it.
      }
    }
  }
}

function pathOf(directory: string, number: number): string {
  return `${directory}/owner-${String(number).padStart(8, '0')}`;
}

/** `false` where there is one of this name. */
function makeMark(fs: FileSystem, path: string, mark: string): boolean {
  try {
    fs.symlinkSync(mark, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  }
  // Windows lets few make links, and some file systems have none.
  try {
    fs.writeFileSync(path, mark, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function readMark(fs: FileSystem, path: string): string | null {
  try {
    return fs.readlinkSync(path);
  } catch {
    // No link: then a file.
  }
  try {
    return fs.readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

function ownerOf(mark: string | null): Owner | null {
  const [pid = '', start = '', place = ''] = (mark ?? '').split('.');
  return /^\d+$/.test(pid) ? { pid: Number(pid), start, place } : null;
}
