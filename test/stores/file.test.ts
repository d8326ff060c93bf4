import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RouteLLClient } from '../../src/client.js';
import { ConfigurationError } from '../../src/errors.js';
import { readJournalRecord } from '../../src/cli/journal/rows.js';
import { fileStores, type FileStoresOptions, openFileStores } from '../../src/stores/file.js';
import { startSimulator } from '../../src/testing/index.js';
import { attemptRecord, readAll } from '../contracts/journal-store-contract.js';
import { fullDisk, hostWith, keptLogger, systemError, temporaryFolder } from './file-scene.js';

const logger = keptLogger();

describe('fileStores', () => {
  it('keeps records, budgets and what was learned beyond the process', async () => {
    const directory = join(temporaryFolder(), 'new', 'folder');
    const snapshot = { format: 'f', version: 1, data: {} };
    {
      await using stores = fileStores({ directory, logger });
      await stores.journal.append(attemptRecord('a', 1));
      await stores.budgets.reserve('r', [{ account: 'day#1', amount: 2, limit: 5 }]);
      await stores.budgets.settle('r', [{ account: 'day#1', amount: 1 }]);
      await stores.snapshots.save('router', snapshot);
    }
    await using stores = fileStores({ directory, logger, durability: 'disk', retentionDays: 1e6 });
    expect(await readAll(stores.journal)).toEqual([attemptRecord('a', 1)]);
    expect(stores.budgets.balance('day#1')).toEqual({ spent: 1, reserved: 0 });
    expect(stores.snapshots.load('router')).toEqual(snapshot);
    await stores.journal.append(attemptRecord('b', 1));
    await stores.budgets.reserve('r', [{ account: 'day#1', amount: 2, limit: 5 }]);
  });

  it('belongs to one, until it is closed', async () => {
    const directory = temporaryFolder();
    const stores = fileStores({ directory });
    expect(() => fileStores({ directory })).toThrow(ConfigurationError);
    await stores.close();
    await fileStores({ directory }).close();
  });

  it.skipIf(process.platform === 'win32')('is private to its user', async () => {
    const directory = join(temporaryFolder(), 'state');
    await using stores = fileStores({ directory });
    await stores.journal.append(attemptRecord('a', 1));
    await stores.snapshots.save('router', { format: 'f', version: 1, data: {} });
    const modes = readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isSymbolicLink())
      .map((entry) => [entry.isDirectory(), statSync(join(entry.parentPath, entry.name)).mode & 0o777]);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(modes).toEqual(modes.map(([isFolder]) => [isFolder, isFolder === true ? 0o700 : 0o600]));
  });

  it.each<[string, Partial<Record<keyof FileStoresOptions, unknown>>, string]>([
    ['no directory', {}, 'directory'],
    ['an empty directory', { directory: ' ' }, 'directory'],
    ['an unknown durability', { directory: 'x', durability: 'ram' }, 'durability'],
    ['no time', { directory: 'x', retentionDays: 0 }, 'retentionDays'],
    ['a time that is none', { directory: 'x', retentionDays: Number.NaN }, 'retentionDays'],
  ])('refuses %s', (_, options, field) => {
    expect(() => fileStores(options as never)).toThrow(
      expect.objectContaining({ code: 'configuration', field }),
    );
    expect(existsSync('x')).toBe(false);
  });

  it('names a directory that is a file', () => {
    const directory = join(temporaryFolder(), 'file');
    writeFileSync(directory, '');
    expect(() => fileStores({ directory })).toThrow(ConfigurationError);
    expect(() => fileStores({ directory: join(directory, 'below') })).toThrow(
      /cannot be used: a part of the path is no folder \(ENOTDIR\)/,
    );
  });

  it('names a directory that cannot be written to, and leaves it to others', async () => {
    const directory = temporaryFolder();
    const openSync = (): never => {
      throw systemError('EROFS');
    };
    expect(() => openFileStores({ directory }, hostWith({ openSync }))).toThrow(
      `directory ${directory} cannot be used: the file system is read-only (EROFS)`,
    );
    await fileStores({ directory }).close();
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('names one without permission', () => {
    const directory = join(temporaryFolder(), 'closed');
    mkdirSync(directory);
    chmodSync(directory, 0o500);
    expect(() => fileStores({ directory })).toThrow(/there is no permission/);
  });
});

describe('a client with stores on files', () => {
  it('leaves a journal that can be replayed, and budgets that hold after a restart', async () => {
    const directory = temporaryFolder();
    await using simulator = await startSimulator();
    const callOnce = async (): Promise<string> => {
      await using stores = fileStores({ directory, logger });
      const options = { apiKey: simulator.apiKey, baseURL: simulator.baseURL, logger };
      await using client = new RouteLLClient({
        ...options,
        stores,
        budgets: [{ limitUsd: 0.001, per: 'month' }],
      });
      const result = await client.chatCompletion([{ role: 'user', content: 'Name a river.' }], {
        model: 'claude-opus-5-5',
        max_tokens: 20,
      });
      return result.success ? 'success' : result.error.code;
    };
    expect([await callOnce(), await callOnce()]).toEqual(['success', 'budget']);
    await using stores = fileStores({ directory, logger });
    for (const entry of await readAll(stores.journal)) {
      expect(readJournalRecord({ ...entry })).toEqual(entry);
    }
  });

  it('goes on answering where the disk is full, and logs what is not recorded', async () => {
    const disk = fullDisk(0);
    const told = keptLogger();
    await using stores = openFileStores({ directory: temporaryFolder(), logger }, disk.host);
    await using simulator = await startSimulator();
    const { apiKey, baseURL } = simulator;
    await using client = new RouteLLClient({ apiKey, baseURL, stores, logger: told });
    const call = (): Promise<unknown> => client.chatCompletion([{ role: 'user', content: 'Name a river.' }]);
    expect(await call()).toMatchObject({ success: true });
    expect(told.told.filter((line) => line.startsWith('error:')).length).toBeGreaterThan(0);
    disk.free = Infinity;
    expect(await call()).toMatchObject({ success: true });
    expect((await readAll(stores.journal, { kind: 'attempt' })).length).toBeGreaterThan(0);
  });
});
