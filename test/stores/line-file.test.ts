import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.js';
import type { FileHost, FileSystem } from '../../src/stores/file-host.js';
import { LineFile } from '../../src/stores/line-file.js';
import { fullDisk, hostWith, systemError, temporaryFolder } from './file-scene.js';

const open = (path: string, host: FileHost, content: string | null, isForced = false): LineFile =>
  new LineFile(path, content === null ? null : Buffer.from(content), {
    host,
    isForced,
    checkOwner: () => undefined,
  });
const inFolder = (): string => join(temporaryFolder(), 'lines');

describe('LineFile', () => {
  it('has every line on return, private to its user', async () => {
    const path = inFolder();
    const file = open(path, hostWith(), null);
    void file.append('one\n');
    void file.append('zwei ü\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nzwei ü\n');
    expect(file.size).toBe(statSync(path).size);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    await file.close();
  });

  it('cuts off what a crash left half-written, and goes on there', () => {
    const path = inFolder();
    writeFileSync(path, 'one\ntw');
    const file = open(path, hostWith(), 'one\ntw');
    expect(file.tornBytes).toBe(2);
    void file.append('three\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nthree\n');
  });

  it('keeps nothing half-written on a full disk, and goes on once there is space', () => {
    const path = inFolder();
    const disk = fullDisk(7);
    const file = open(path, disk.host, null);
    void file.append('one\n');
    for (let i = 0; i < 2; i++) {
      expect(() => file.append('second\n')).toThrow(StoreError);
      expect(readFileSync(path, 'utf8')).toBe('one\n');
    }
    expect(() => file.append('second\n')).toThrow(/lines could not be written: the disk is full \(ENOSPC\)/);
    disk.free = 100;
    void file.append('third\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nthird\n');
  });

  it('cuts before the next line where it could not at once', () => {
    const path = inFolder();
    const disk = fullDisk(6);
    const { truncateSync } = disk.host.fs;
    let isReadOnly = true;
    const host = hostWith({
      writeSync: disk.host.fs.writeSync,
      truncateSync: (...file) => {
        if (isReadOnly) throw systemError('EIO');
        truncateSync(...file);
      },
    });
    const file = open(path, host, null);
    void file.append('one\n');
    expect(() => file.append('second\n')).toThrow(StoreError);
    expect(readFileSync(path, 'utf8')).toBe('one\nse');
    disk.free = 100;
    expect(() => file.append('third\n')).toThrow(StoreError);
    isReadOnly = false;
    void file.append('third\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nthird\n');
  });

  it('forces lines to the disk together where they have to outlive the machine', async () => {
    const finish: (() => void)[] = [];
    const fdatasync = ((_: number, done: (error: null) => void) => {
      finish.push(() => done(null));
    }) as unknown as FileSystem['fdatasync'];
    const path = inFolder();
    writeFileSync(path, '');
    const file = open(path, hostWith({ fdatasync }), '', true);
    const written = [1, 2].map((line) => file.append(`${line}\n`));
    await new Promise(setImmediate);
    expect(finish).toHaveLength(1);
    written.push(...[3, 4, 5].map((line) => file.append(`${line}\n`)));
    expect(readFileSync(path, 'utf8')).toBe('1\n2\n3\n4\n5\n');
    finish[0]?.();
    await written[0];
    await new Promise(setImmediate);
    expect(finish).toHaveLength(2);
    finish[1]?.();
    await Promise.all(written.map((line) => Promise.resolve(line)));
    await file.close();
  });

  it('acknowledges nothing more once the disk failed', async () => {
    let isFailing = true;
    const fdatasync = ((_: number, done: (error: Error | null) => void) => {
      done(isFailing ? systemError('EIO') : null);
    }) as unknown as FileSystem['fdatasync'];
    const file = open(inFolder(), hostWith({ fdatasync }), null, true);
    await expect(file.append('one\n')).rejects.toThrow(StoreError);
    isFailing = false;
    await expect(file.append('two\n')).rejects.toMatchObject({ code: 'store', systemCode: 'EIO' });
    expect(file.isDoubtful).toBe(true);
    await file.close();
  });
});
