import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { ConfigurationError } from '../../index.js';
import { readObject } from '../json-object.js';
import { orTold } from './scores-file.js';

/** What an earlier run wrote begins like this. */
const IS_OWN = {
  '--scores': (beginning: string): boolean => {
    const row = readObject(beginning.split('\n', 1)[0] ?? '');
    return typeof row !== 'string' && typeof row['decisionUs'] === 'number';
  },
  '--plot': (beginning: string): boolean => /^\s*(?:<\?xml[^>]*>\s*)?<svg\b/.test(beginning),
} as const;

/** Bytes that are looked at: room for the longest first row. */
const BEGINNING = 256 * 1024;

/**
 * A mistyped option must not cost anybody their data: nothing is overwritten but what such a run has written.
 * @throws {ConfigurationError} naming the option.
 */
export function assertMayWrite(option: keyof typeof IS_OWN, path: string | undefined): void {
  if (path === undefined) return;
  const found = statSync(path, { throwIfNoEntry: false });
  // A pipe and a terminal keep nothing that could be lost.
  if (found?.isFile() !== true || found.size === 0) return;
  if (IS_OWN[option](orTold(option, () => beginningOf(path)))) return;
  throw new ConfigurationError(
    option,
    `${option}: the file is there, and no earlier run wrote it. Name another, or remove it.`,
  );
}

function beginningOf(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(BEGINNING);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes));
  } finally {
    closeSync(descriptor);
  }
}
