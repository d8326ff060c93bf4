import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RouteLLError, StoreError } from '../../src/errors.js';
import { FileBudgets, type FileBudgetsOptions } from '../../src/stores/file-budgets.js';
import type { FileSystem } from '../../src/stores/file-host.js';
import type { BudgetEntry } from '../../src/stores.js';
import { budgetsStoreContract } from '../contracts/budgets-store-contract.js';
import { fullDisk, hostWith, keptLogger, systemError, temporaryFolder } from './file-scene.js';

const open = (path: string, options: Partial<FileBudgetsOptions> = {}): FileBudgets =>
  new FileBudgets({
    path,
    host: hostWith(),
    isForced: false,
    checkOwner: () => undefined,
    logger: keptLogger(),
    ...options,
  });
const inFolder = (): string => join(temporaryFolder(), 'budgets.jsonl');
const of = (account: string, amount: number, limit: number | null = null): BudgetEntry => ({
  account,
  amount,
  limit,
});

budgetsStoreContract('files', () => open(inFolder()));
budgetsStoreContract('files, written anew at every step', () => open(inFolder(), { smallBytes: 1 }));
budgetsStoreContract('files, forced to the disk', () => open(inFolder(), { isForced: true }));

describe('FileBudgets', () => {
  it('is synchronous', () => {
    const budgets = open(inFolder());
    expect(budgets.reserve('r', [of('day#1', 1, 2)])).toEqual({ granted: true });
    expect(budgets.settle('r', [of('day#1', 0.5)])).toBeUndefined();
    expect(budgets.balance('day#1')).toEqual({ spent: 0.5, reserved: 0 });
  });

  it('knows after a restart what was spent, and books what was reserved in full', () => {
    const path = inFolder();
    const before = open(path);
    void before.reserve('settled', [of('day#1', 2, 5), of('month#1', 2)]);
    void before.settle('settled', [of('day#1', 0.1), of('month#1', 0.2)]);
    void before.reserve('released', [of('day#1', 1)]);
    void before.release('released');
    void before.reserve('open', [of('day#1', 0.25, 5)]);
    const logger = keptLogger();
    const after = open(path, { logger });
    expect(after.balance('day#1')).toEqual({ spent: 0.35, reserved: 0 });
    expect(after.balance('month#1')).toEqual({ spent: 0.2, reserved: 0 });
    expect(logger.told).toEqual(['warn: what was reserved when the process ended is booked as spent']);
    // It is settled: the next restart does not book it again, nor does who comes late.
    void after.settle('open', [of('day#1', 9)]);
    const quiet = keptLogger();
    expect(open(path, { logger: quiet }).balance('day#1')).toEqual({ spent: 0.35, reserved: 0 });
    expect(quiet.told).toEqual([]);
  });

  it('is never under where lines are damaged', () => {
    const path = inFolder();
    const before = open(path);
    void before.reserve('a', [of('day#1', 2)]);
    void before.settle('a', [of('day#1', 1)]);
    void before.reserve('b', [of('day#1', 2)]);
    void before.settle('b', [of('day#1', 1)]);
    const lines = readFileSync(path, 'utf8').split('\n');
    // The reservation of the first, the settling of the second, and half a line.
    writeFileSync(path, [`x${lines[0]}`, lines[1], lines[2], 'settle', '{"reserve'].join('\n'));
    const logger = keptLogger();
    expect(open(path, { logger }).balance('day#1')).toEqual({ spent: 3, reserved: 0 });
    expect(logger.told[0]).toBe('error: damaged lines of the budgets are skipped');
  });

  it('stays small, and the same, over many steps', () => {
    const path = inFolder();
    const budgets = open(path, { smallBytes: 2000 });
    void budgets.reserve('open', [of('day#1', 5)]);
    for (let i = 0; i < 500; i++) {
      void budgets.reserve(`r${i}`, [of('day#1', 1)]);
      if (i % 5 === 0) void budgets.release(`r${i}`);
      else void budgets.settle(`r${i}`, [of('day#1', 0.01)]);
      expect(statSync(path).size).toBeLessThan(3000);
    }
    const { spent } = budgets.balance('day#1');
    expect(spent).toBeCloseTo(4, 12);
    expect(open(path).balance('day#1').spent).toBeCloseTo(9, 12);
  });

  it('grants nothing that a full disk does not take, and forgets nothing that was spent', () => {
    const path = inFolder();
    const disk = fullDisk(250);
    const budgets = open(path, { host: disk.host });
    void budgets.reserve('a', [of('day#1', 2, 5)]);
    void budgets.reserve('b', [of('day#1', 1, 5)]);
    disk.free = 3;
    expect(() => budgets.reserve('c', [of('day#1', 1, 5)])).toThrow(StoreError);
    expect(() => budgets.settle('a', [of('day#1', 7)])).toThrow(StoreError);
    expect(() => budgets.release('b')).toThrow(StoreError);
    expect(budgets.balance('day#1')).toEqual({ spent: 7, reserved: 0 });
    disk.free = Infinity;
    void budgets.reserve('d', [of('month#1', 1)]);
    void budgets.release('d');
    expect(open(path).balance('day#1')).toEqual({ spent: 7, reserved: 0 });
  });

  it('opens on a full disk', () => {
    const path = inFolder();
    void open(path).reserve('a', [of('day#1', 2)]);
    expect(open(path, { host: fullDisk(0).host }).balance('day#1')).toEqual({ spent: 2, reserved: 0 });
    expect(open(path).balance('day#1')).toEqual({ spent: 2, reserved: 0 });
  });

  it('goes on with the file there is where no new one can be written', () => {
    const path = inFolder();
    const logger = keptLogger();
    const host = hostWith({
      renameSync: () => {
        throw systemError('ENOSPC');
      },
    });
    const budgets = open(path, { smallBytes: 500, host, logger });
    for (let i = 0; i < 30; i++) {
      void budgets.reserve(`r${i}`, [of('day#1', 1)]);
      void budgets.settle(`r${i}`, [of('day#1', 1)]);
    }
    expect(logger.told.length).toBeGreaterThan(0);
    expect(logger.told.length).toBeLessThan(10);
    expect(open(path).balance('day#1')).toEqual({ spent: 30, reserved: 0 });
  });

  it('writes to no file that is closed where the new one cannot be opened', async () => {
    const path = inFolder();
    const real = hostWith().fs;
    const closed: number[] = [];
    let isFailing = false;
    const host = hostWith({
      openSync: (...given: Parameters<FileSystem['openSync']>) => {
        if (isFailing) throw systemError('EMFILE');
        return real.openSync(...given);
      },
      closeSync: (descriptor) => {
        closed.push(descriptor);
        real.closeSync(descriptor);
      },
    });
    const budgets = open(path, { smallBytes: 1, host });
    void budgets.reserve('a', [of('day#1', 2)]);
    isFailing = true;
    const before = closed.length;
    expect(() => budgets.settle('a', [of('day#1', 1)])).toThrow(StoreError);
    expect(closed).toHaveLength(before);
    isFailing = false;
    void budgets.reserve('b', [of('day#1', 3)]);
    void budgets.settle('b', [of('day#1', 3)]);
    await budgets.close();
    expect(new Set(closed).size).toBe(closed.length);
    expect(open(path).balance('day#1')).toEqual({ spent: 4, reserved: 0 });
  });

  it('ends no process for an old file that cannot be closed', async () => {
    const path = inFolder();
    const real = hostWith().fs;
    const logger = keptLogger();
    let isFailing = false;
    const host = hostWith({
      closeSync: (descriptor) => {
        real.closeSync(descriptor);
        if (isFailing) throw systemError('EIO');
      },
    });
    const budgets = open(path, { smallBytes: 1, host, logger });
    isFailing = true;
    // What is rejected and heard by nobody would fail the test, and end a process.
    for (let i = 0; i < 3; i++) void budgets.reserve(`r${i}`, [of('day#1', 2)]);
    await Promise.resolve();
    isFailing = false;
    await budgets.close();
    expect(open(path).balance('day#1')).toEqual({ spent: 6, reserved: 0 });
  });

  it('takes back what the disk failed to keep, and goes on in a new file', async () => {
    const path = inFolder();
    const real = hostWith().fs;
    let isFailing = true;
    const fdatasync = ((descriptor: number, done: (error: Error | null) => void) => {
      if (isFailing) done(systemError('EIO'));
      else real.fdatasync(descriptor, done);
    }) as unknown as FileSystem['fdatasync'];
    const budgets = open(path, { isForced: true, host: hostWith({ fdatasync }) });
    await expect(budgets.reserve('a', [of('day#1', 2)])).rejects.toThrow(StoreError);
    expect(budgets.balance('day#1')).toEqual({ spent: 0, reserved: 0 });
    isFailing = false;
    await budgets.reserve('b', [of('day#1', 3)]);
    await budgets.settle('b', [of('day#1', 3)]);
    await budgets.close();
    expect(open(path).balance('day#1')).toEqual({ spent: 3, reserved: 0 });
  });

  it('tells what it cannot read', () => {
    const host = hostWith({
      readFileSync: (() => {
        throw systemError('EIO');
      }) as unknown as FileSystem['readFileSync'],
    });
    expect(() => open(inFolder(), { host })).toThrow('EIO');
  });

  it('takes nothing once it is closed', async () => {
    const budgets = open(inFolder());
    await budgets.close();
    expect(() => budgets.reserve('a', [of('day#1', 1)])).toThrow(RouteLLError);
    expect(() => budgets.settle('a', [])).toThrow(RouteLLError);
    expect(() => budgets.release('a')).toThrow(RouteLLError);
  });
});
