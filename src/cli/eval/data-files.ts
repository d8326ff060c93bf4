import { createReadStream, type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigurationError } from '../../index.js';
import { type Line, linesOf } from './lines.js';

/** A file of `--data`. */
export interface DataFile {
  readonly path: string;
  /** Relative to `--data`, with forward slashes. */
  readonly name: string;
}

/** What was left out, and why. */
export interface Skipped {
  readonly file: string;
  readonly why: string;
}

export interface DataFiles {
  /** In the order of their names. */
  readonly files: readonly DataFile[];
  readonly skipped: readonly Skipped[];
}

/**
 * The regular files below a directory, or the one file that is named. Symbolic links are not followed: they might
 * lead out of it, or around.
 * @throws {ConfigurationError} naming `--data`, where there is nothing to read.
 */
export function findDataFiles(path: string, shown: string): DataFiles {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new ConfigurationError('--data', `--data: there is no ${shown}. Name a directory of JSONL files.`);
  }
  if (!found.isDirectory()) return { files: [{ path, name: basename(path) }], skipped: [] };
  const files: DataFile[] = [];
  const skipped: Skipped[] = [];
  const folders: DataFile[] = [{ path, name: '' }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of entriesOf(folder, skipped)) {
      const name = folder.name === '' ? entry.name : `${folder.name}/${entry.name}`;
      const file = { path: join(folder.path, entry.name), name };
      const why = whyNotRead(entry);
      if (why !== null) skipped.push({ file: name, why });
      else if (entry.isDirectory()) folders.push(file);
      else files.push(file);
    }
  }
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), skipped };
}

function entriesOf(folder: DataFile, skipped: Skipped[]): readonly Dirent[] {
  try {
    return readdirSync(folder.path, { withFileTypes: true });
  } catch (error) {
    skipped.push({ file: folder.name === '' ? '.' : folder.name, why: `cannot be read (${codeOf(error)})` });
    return [];
  }
}

function whyNotRead(entry: Dirent): string | null {
  if (entry.name.startsWith('.')) return 'hidden';
  if (entry.isSymbolicLink()) return 'a symbolic link; copy what it stands for, or name it as --data';
  return entry.isDirectory() || entry.isFile() ? null : 'no regular file';
}

/** The lines of a file, one at a time. Rejects where it cannot be read. */
export async function* readLines({ path }: DataFile): AsyncGenerator<Line, void> {
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024 });
  yield* linesOf(stream as AsyncIterable<string>);
}

/** What the system calls what went wrong. */
export function codeOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : String(error);
}
