/** Configuration files of the tests' own making, in a folder that goes with the test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { ConfigurationError } from '../../src/errors.js';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'routell-config-'));
  folders.push(folder);
  return folder;
}

/** Writes a file, text as it is and all else as JSON, and tells its path. */
export function writeFile(content: unknown, name = 'routellm.config.json', folder = newFolder()): string {
  const path = join(folder, name);
  const isRaw = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, isRaw ? content : JSON.stringify(content));
  return path;
}

/** A configuration with providers beside it. */
export function writeFiles(settings: unknown, providers: unknown): { path: string; providersPath: string } {
  const folder = newFolder();
  return {
    path: writeFile(settings, 'routellm.config.json', folder),
    providersPath: writeFile(providers, 'integrations.providers.json', folder),
  };
}

export function configurationErrorOf(act: () => unknown): ConfigurationError {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('expected a ConfigurationError');
}
