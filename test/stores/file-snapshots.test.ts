import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.js';
import type { FileHost, FileSystem } from '../../src/stores/file-host.js';
import { FileSnapshots } from '../../src/stores/file-snapshots.js';
import type { Logger } from '../../src/types.js';
import { snapshotsStoreContract } from '../contracts/snapshots-store-contract.js';
import { hostWith, keptLogger, systemError, temporaryFolder } from './file-scene.js';

const open = (
  directory: string,
  { host = hostWith(), logger = keptLogger() }: { readonly host?: FileHost; readonly logger?: Logger } = {},
): FileSnapshots =>
  new FileSnapshots({ directory, host, logger, isForced: true, checkOwner: () => undefined });
const snapshot = { format: 'f', version: 1, data: [1] };

snapshotsStoreContract('files', () => open(temporaryFolder()));

describe('FileSnapshots', () => {
  it('is there after a restart', () => {
    const directory = temporaryFolder();
    open(directory).save('router', snapshot);
    expect(open(directory).load('router')).toEqual(snapshot);
    expect(readdirSync(directory)).toEqual(['router.json']);
  });

  it('makes a file of its own of every key, within its folder', () => {
    const directory = temporaryFolder();
    const snapshots = open(directory);
    const keys = ['a', 'A', '..', '../../a', 'a/b', 'a\\b', 'ä', 'a.json', '%41', '__proto__'];
    keys.forEach((key, version) => snapshots.save(key, { ...snapshot, version }));
    keys.forEach((key, version) => expect(snapshots.load(key)?.version).toBe(version));
    const names = readdirSync(directory).map((name) => name.toLowerCase());
    expect(new Set(names).size).toBe(keys.length);
    expect(() => snapshots.load('')).toThrow(StoreError);
  });

  it('sets aside what is damaged, says so, and can be saved again', () => {
    const directory = temporaryFolder();
    open(directory).save('router', snapshot);
    const path = join(directory, 'router.json');
    const damaged = readFileSync(path, 'utf8').replace('[1]', '[2]');
    writeFileSync(path, damaged);
    const logger = keptLogger();
    const snapshots = open(directory, { logger });
    expect(snapshots.load('router')).toBeNull();
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(damaged);
    expect(logger.told).toEqual(['warn: a snapshot is damaged, and set aside']);
    snapshots.save('router', snapshot);
    expect(snapshots.load('router')).toEqual(snapshot);
  });

  it.each<[string, Partial<FileSystem>]>([
    ['written', { writeFileSync: () => fail('ENOSPC') }],
    ['put in place', { renameSync: () => fail('EIO') }],
  ])('keeps the one before where a new one cannot be %s', (_, fs) => {
    const directory = temporaryFolder();
    open(directory).save('router', snapshot);
    const failing = open(directory, { host: hostWith(fs) });
    expect(() => failing.save('router', { ...snapshot, version: 2 })).toThrow(StoreError);
    expect(open(directory).load('router')).toEqual(snapshot);
  });

  it('throws what cannot be read: nothing is then saved over it', () => {
    const readFileSync = (() => fail('EACCES')) as unknown as FileSystem['readFileSync'];
    const snapshots = open(temporaryFolder(), { host: hostWith({ readFileSync }) });
    expect(() => snapshots.load('router')).toThrow(/could not be read: there is no permission \(EACCES\)/);
  });
});

function fail(code: string): never {
  throw systemError(code);
}
