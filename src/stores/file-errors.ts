import { ConfigurationError, describeThrown, StoreError } from '../errors.js';

const IN_WORDS: Readonly<Record<string, string | undefined>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file may not grow further',
  EROFS: 'the file system is read-only',
  EACCES: 'there is no permission',
  EPERM: 'there is no permission',
  EIO: 'the disk fails',
  EMFILE: 'the process has too many files open',
  ENOTDIR: 'a part of the path is no folder',
};

/** What could not be written to a file in use. It is tried again with the next record. */
export function writeError(path: string, cause: unknown): StoreError {
  const text = `${path} could not be written: ${inWords(cause)}. Nothing half-written is kept; what comes later is tried again.`;
  return new StoreError(text, { path, systemCode: codeOf(cause) }, { cause, retryable: true });
}

/** What was kept and could not be read. */
export function readError(path: string, cause: unknown): StoreError {
  const text = `${path} could not be read: ${inWords(cause)}.`;
  return new StoreError(text, { path, systemCode: codeOf(cause) }, { cause });
}

/** Why the stores cannot begin with a directory. */
export function directoryError(directory: string, cause: unknown): ConfigurationError {
  if (cause instanceof ConfigurationError) return cause;
  const text = `directory ${directory} cannot be used: ${inWords(cause)}. It has to be a folder that this process may write to, or may make.`;
  return new ConfigurationError('directory', text, { cause });
}

export function codeOf(cause: unknown): string | null {
  const { code } = Object(cause) as { readonly code?: unknown };
  return typeof code === 'string' ? code : null;
}

function inWords(cause: unknown): string {
  const code = codeOf(cause);
  if (code === null) return describeThrown(cause);
  const words = Object.hasOwn(IN_WORDS, code) ? IN_WORDS[code] : undefined;
  return words === undefined ? code : `${words} (${code})`;
}
