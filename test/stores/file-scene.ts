/** Folders of their own for stores on files, and machines that fail. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type FileHost, type FileSystem, nodeFileHost } from '../../src/stores/file-host.js';
import type { Logger } from '../../src/types.js';

/** A folder that is gone with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'routell-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** This machine, but for what is given. */
export function hostWith(
  fs: Partial<FileSystem> = {},
  machine: Partial<Omit<FileHost, 'fs'>> = {},
): FileHost {
  const host = nodeFileHost();
  return { ...host, ...machine, fs: { ...host.fs, ...fs } };
}

/** As the system fails. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: as injected`), { code });
}

/** A disk that is full once so many bytes are written: the last write is made in part, as a real one's. */
export function fullDisk(freeBytes: number): { readonly host: FileHost; free: number } {
  const real = nodeFileHost().fs;
  const disk = {
    free: freeBytes,
    host: hostWith({
      writeSync: ((descriptor: number, bytes: Uint8Array, offset: number, length: number) => {
        if (disk.free <= 0) throw systemError('ENOSPC');
        const fits = Math.min(length, disk.free);
        disk.free -= fits;
        return real.writeSync(descriptor, bytes, offset, fits);
      }) as FileSystem['writeSync'],
    }),
  };
  return disk;
}

/** A logger that keeps what it is told. */
export function keptLogger(): Logger & { readonly told: readonly string[] } {
  const told: string[] = [];
  const tell =
    (level: string) =>
    (message: string): void => {
      told.push(`${level}: ${message}`);
    };
  return { told, debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') };
}
