import { existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, StoreError } from '../../src/errors.js';
import { DirectoryOwner } from '../../src/stores/directory-owner.js';
import type { FileHost, FileSystem } from '../../src/stores/file-host.js';
import { hostWith, keptLogger, systemError, temporaryFolder } from './file-scene.js';

/** A process of a machine of these running ones. */
const processOf = (pid: number, running: ReadonlyMap<number, string>, place = 'here'): FileHost =>
  hostWith(
    {},
    { pid, place, isRunning: (asked) => running.has(asked), startOf: (asked) => running.get(asked) ?? '?' },
  );
const own = (directory: string, host: FileHost): DirectoryOwner =>
  new DirectoryOwner(directory, host, keptLogger());

describe('DirectoryOwner', () => {
  it('refuses a second process while the first runs, and names path and process', () => {
    const directory = temporaryFolder();
    const running = new Map([
      [11, 'start-a'],
      [12, 'start-b'],
    ]);
    own(directory, processOf(11, running)).check();
    const second = (): DirectoryOwner => own(directory, processOf(12, running));
    expect(second).toThrow(ConfigurationError);
    expect(second).toThrow(`${directory} is in use by process 11`);
  });

  it('refuses the same process twice', () => {
    const directory = temporaryFolder();
    own(directory, hostWith());
    expect(() => own(directory, hostWith())).toThrow(`in use by this process (${process.pid})`);
  });

  it('follows a process that was killed, and one whose id another got', () => {
    const directory = temporaryFolder();
    const running = new Map([[11, 'first']]);
    const killed = own(directory, processOf(11, running));
    running.set(11, 'another program').set(12, 'second');
    own(directory, processOf(12, running)).check();
    running.delete(12);
    running.set(13, 'third');
    own(directory, processOf(13, running)).check();
    expect(() => killed.check()).toThrow(StoreError);
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('believes the id alone where the system tells no starts', () => {
    const directory = temporaryFolder();
    const running = new Map([
      [11, '?'],
      [12, '?'],
    ]);
    own(directory, processOf(11, running));
    expect(() => own(directory, processOf(12, running))).toThrow(ConfigurationError);
  });

  it('takes over from another place, whose process then writes no more', () => {
    const directory = temporaryFolder();
    const running = new Map([[1, 'start']]);
    const logger = keptLogger();
    const elsewhere = own(directory, processOf(1, running, 'there'));
    const here = new DirectoryOwner(directory, processOf(1, running, 'here'), logger);
    here.check();
    expect(() => elsewhere.check()).toThrow(/was taken over by another process, or removed/);
    expect(logger.told).toEqual([expect.stringContaining('taken over from a process elsewhere')]);
    elsewhere.release();
    here.check();
  });

  it('lets another follow once it is released', () => {
    const directory = temporaryFolder();
    own(directory, hostWith()).release();
    const next = own(directory, hostWith());
    next.check();
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it('notices that its directory was removed', () => {
    const directory = temporaryFolder();
    const owner = own(directory, hostWith());
    rmSync(directory, { recursive: true });
    expect(() => owner.check()).toThrow(StoreError);
    owner.release();
    expect(existsSync(directory)).toBe(false);
  });

  it('does without links where there are none', () => {
    const directory = temporaryFolder();
    const host = hostWith({
      symlinkSync: () => {
        throw systemError('EPERM');
      },
    });
    const owner = own(directory, host);
    owner.check();
    expect(() => own(directory, host)).toThrow(ConfigurationError);
    owner.release();
    own(directory, host).check();
  });

  it('leaves it to whoever was faster', () => {
    const directory = temporaryFolder();
    const running = new Map([
      [11, 'a'],
      [12, 'b'],
    ]);
    const faster = processOf(11, running);
    const slower = processOf(12, running);
    const { symlinkSync } = slower.fs;
    let isFirst = true;
    const overtaken: FileSystem['symlinkSync'] = (...link) => {
      if (isFirst) own(directory, faster);
      isFirst = false;
      symlinkSync(...link);
    };
    const late = { ...slower, fs: { ...slower.fs, symlinkSync: overtaken } };
    expect(() => own(directory, late)).toThrow('in use by process 11');
    expect(readdirSync(directory)).toEqual(['owner-00000001']);
  });

  it('does not mark behind others that came and went', () => {
    const directory = temporaryFolder();
    const running = new Map([
      [11, 'a'],
      [12, 'b'],
    ]);
    const slower = processOf(12, running);
    const { symlinkSync } = slower.fs;
    let isFirst = true;
    const overtaken: FileSystem['symlinkSync'] = (...link) => {
      if (isFirst) {
        // Three owners later the first mark is free again.
        for (let i = 0; i < 3; i++) {
          const passing = own(directory, processOf(11, running));
          if (i < 2) passing.release();
        }
      }
      isFirst = false;
      symlinkSync(...link);
    };
    const late = { ...slower, fs: { ...slower.fs, symlinkSync: overtaken } };
    expect(() => own(directory, late)).toThrow('in use by process 11');
    expect(readdirSync(directory)).toHaveLength(1);
  });
});
