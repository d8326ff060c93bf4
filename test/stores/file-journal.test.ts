import { appendFileSync, existsSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RouteLLError, StoreError } from '../../src/errors.js';
import type { FileSystem } from '../../src/stores/file-host.js';
import { FileJournal, type FileJournalOptions } from '../../src/stores/file-journal.js';
import type { JournalQuery, JournalStore } from '../../src/stores.js';
import { attemptRecord, journalStoreContract, readAll } from '../contracts/journal-store-contract.js';
import { fakeClock } from '../fake-clock.js';
import { fullDisk, hostWith, keptLogger, systemError, temporaryFolder } from './file-scene.js';

const open = (directory: string, options: Partial<FileJournalOptions> = {}): FileJournal =>
  new FileJournal({
    directory,
    host: hostWith(),
    isForced: false,
    checkOwner: () => undefined,
    retentionDays: null,
    clock: fakeClock(0),
    logger: keptLogger(),
    ...options,
  });
const callsOf = async (store: JournalStore, query?: JournalQuery): Promise<readonly string[]> =>
  (await readAll(store, query)).map(({ record }) => record.callId);
const filesOf = (directory: string, ending: string): readonly string[] =>
  readdirSync(directory).filter((name) => name.endsWith(ending));

/** Some 20 segments of ten records each, the last one growing. */
async function manySegments(directory: string, calls = 205): Promise<FileJournal> {
  const journal = open(directory, { segmentBytes: 3500 });
  for (let call = 0; call < calls; call++) await journal.append(attemptRecord(`c${call}`, 1000 * call));
  return journal;
}

journalStoreContract('files', () => open(temporaryFolder()));
journalStoreContract('files, segments of one record', () => open(temporaryFolder(), { segmentBytes: 1 }));
journalStoreContract('files, forced to the disk', () => open(temporaryFolder(), { isForced: true }));

describe('FileJournal', () => {
  it('is there after a restart, and goes on in the same file', async () => {
    const directory = temporaryFolder();
    await open(directory).append(attemptRecord('a', 1));
    const journal = open(directory);
    await journal.append(attemptRecord('b', 2));
    expect(await callsOf(journal)).toEqual(['a', 'b']);
    expect(await callsOf(journal, { callId: 'a' })).toEqual(['a']);
    expect(readdirSync(directory)).toEqual(['00000001.jsonl']);
  });

  it('is written as lines of { kind, record }', () => {
    const directory = temporaryFolder();
    void open(directory).append(attemptRecord('a', 1));
    const text = readFileSync(join(directory, '00000001.jsonl'), 'utf8');
    expect(JSON.parse(text)).toMatchObject(attemptRecord('a', 1));
  });

  it('cuts off an unfinished record, and says so', async () => {
    const directory = temporaryFolder();
    const first = open(directory);
    await first.append(attemptRecord('a', 1));
    await first.append(attemptRecord('b', 2));
    const path = join(directory, '00000001.jsonl');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20));
    const logger = keptLogger();
    const journal = open(directory, { logger });
    await journal.append(attemptRecord('c', 3));
    expect(await callsOf(journal)).toEqual(['a', 'c']);
    expect(logger.told).toEqual(['warn: an unfinished record at the end of the journal is cut off']);
  });

  it('skips damaged lines, and says so once', async () => {
    const directory = temporaryFolder();
    const first = open(directory);
    for (const call of ['a', 'b', 'c']) await first.append(attemptRecord(call, 1));
    const path = join(directory, '00000001.jsonl');
    writeFileSync(
      path,
      `${readFileSync(path, 'utf8').replace('"costUsd":0.001', '"costUsd":0.901')}\0\0\0\nx\n`,
    );
    const logger = keptLogger();
    const journal = open(directory, { logger });
    expect(await callsOf(journal)).toEqual(['b', 'c']);
    expect(await callsOf(journal)).toEqual(['b', 'c']);
    expect(logger.told).toEqual(['warn: damaged lines of the journal are skipped']);
  });

  it('gives everything in order over many segments, also after a restart', async () => {
    const directory = temporaryFolder();
    const expected = Array.from({ length: 205 }, (_, call) => `c${call}`);
    expect(await callsOf(await manySegments(directory))).toEqual(expected);
    expect(filesOf(directory, '.jsonl').length).toBeGreaterThan(15);
    expect(await callsOf(open(directory))).toEqual(expected);
  });

  it.each<[string, JournalQuery, readonly string[], number]>([
    ['a call', { callId: 'c7' }, ['c7'], 1],
    ['a call of the segment that grows', { callId: 'c204' }, ['c204'], 1],
    ['a time', { from: 40_000, to: 42_000 }, ['c40', 'c41'], 2],
    ['what is not there', { callId: 'c999' }, [], 0],
  ])('reads only the segments that may hold %s', async (_, query, found, mostRead) => {
    const directory = temporaryFolder();
    await manySegments(directory);
    const read: string[] = [];
    const { promises } = hostWith().fs;
    const spied = {
      ...promises,
      open: (path: string) => {
        read.push(path);
        return promises.open(path, 'r');
      },
    } as FileSystem['promises'];
    const journal = open(directory, { host: hostWith({ promises: spied }) });
    expect(await callsOf(journal, query)).toEqual(found);
    expect(read.length).toBeLessThanOrEqual(mostRead);
  });

  it.each([
    ['lost', unlinkSync],
    ['damaged', (path: string) => appendFileSync(path, 'abcd')],
    ['cut short', (path: string) => writeFileSync(path, 'ab')],
  ])('makes an index anew that is %s', async (_, damage) => {
    const directory = temporaryFolder();
    await manySegments(directory);
    for (const name of filesOf(directory, '.index')) damage(join(directory, name));
    expect(await callsOf(open(directory), { callId: 'c7' })).toEqual(['c7']);
    const [first = ''] = filesOf(directory, '.index');
    unlinkSync(join(directory, first.replace('.index', '.jsonl')));
    expect(await callsOf(open(directory), { callId: 'c150' })).toEqual(['c150']);
  });

  it('reads no more than there was when the reading began', async () => {
    const journal = open(temporaryFolder(), { segmentBytes: 1000 });
    for (let call = 0; call < 5; call++) await journal.append(attemptRecord(`c${call}`, 1));
    const reading = journal.read()[Symbol.asyncIterator]();
    for (let call = 5; call < 15; call++) await journal.append(attemptRecord(`c${call}`, 1));
    let count = 0;
    while ((await reading.next()).done !== true) count++;
    expect(count).toBe(5);
  });

  it('removes old segments whole, when it is opened and as it grows', async () => {
    const directory = temporaryFolder();
    await (await manySegments(directory)).close();
    const clock = fakeClock(0);
    await clock.advance(86_400_000 + 150_000 - clock.now());
    const journal = open(directory, { retentionDays: 1, clock, segmentBytes: 3500 });
    const [oldest = ''] = await callsOf(journal);
    expect(Number(oldest.slice(1))).toBeGreaterThan(135);
    expect(Number(oldest.slice(1))).toBeLessThanOrEqual(150);
    expect(filesOf(directory, '.index')).toHaveLength(filesOf(directory, '.jsonl').length - 1);
    await clock.advance(86_400_000);
    for (let call = 0; call < 30; call++) await journal.append(attemptRecord('new', clock.now()));
    expect(new Set(await callsOf(journal))).toEqual(new Set(['new']));
  });

  it('goes on where old segments cannot be removed', async () => {
    const directory = temporaryFolder();
    await (await manySegments(directory)).close();
    const logger = keptLogger();
    const clock = fakeClock(0);
    await clock.advance(10 * 86_400_000);
    const host = hostWith({
      unlinkSync: () => {
        throw systemError('EACCES');
      },
    });
    const journal = open(directory, { retentionDays: 1, clock, host, logger });
    expect(await callsOf(journal)).toHaveLength(205);
    expect(logger.told).toEqual(['warn: old records of the journal could not be removed']);
  });

  it('holds nothing of a record that a full disk did not take, and goes on', async () => {
    const disk = fullDisk(500);
    const journal = open(temporaryFolder(), { host: disk.host, segmentBytes: 300 });
    await journal.append(attemptRecord('a', 1));
    expect(() => journal.append(attemptRecord('lost', 2))).toThrow(StoreError);
    disk.free = Infinity;
    await journal.append(attemptRecord('b', 3));
    expect(await callsOf(journal)).toEqual(['a', 'b']);
    expect(await callsOf(journal, { callId: 'lost' })).toEqual([]);
  });

  it('rejects what no next segment can be made for, and makes it later', async () => {
    const { openSync } = hostWith().fs;
    let isFull = false;
    const host = hostWith({
      openSync: (...file) => {
        if (isFull) throw systemError('ENOSPC');
        return openSync(...file);
      },
    });
    const journal = open(temporaryFolder(), { host, segmentBytes: 1 });
    await journal.append(attemptRecord('a', 1));
    isFull = true;
    expect(() => journal.append(attemptRecord('lost', 2))).toThrow(StoreError);
    isFull = false;
    await journal.append(attemptRecord('b', 3));
    expect(await callsOf(journal)).toEqual(['a', 'b']);
  });

  it('goes on in another file after the disk failed to take what was written', async () => {
    const directory = temporaryFolder();
    const real = hostWith().fs;
    let isFailing = true;
    const fdatasync = ((descriptor: number, done: (error: Error | null) => void) => {
      if (isFailing) done(systemError('EIO'));
      else real.fdatasync(descriptor, done);
    }) as unknown as FileSystem['fdatasync'];
    const journal = open(directory, { isForced: true, host: hostWith({ fdatasync }) });
    await expect(journal.append(attemptRecord('doubtful', 1))).rejects.toThrow(StoreError);
    isFailing = false;
    await journal.append(attemptRecord('a', 2));
    expect(filesOf(directory, '.jsonl')).toHaveLength(2);
    expect(await callsOf(journal, { callId: 'a' })).toEqual(['a']);
    await journal.close();
  });

  it('tells what cannot be read, and takes what is gone for nothing', async () => {
    const directory = temporaryFolder();
    const { promises } = hostWith().fs;
    let code = 'EIO';
    const failing = { ...promises, open: () => Promise.reject(systemError(code)) } as FileSystem['promises'];
    const journal = open(directory, { host: hostWith({ promises: failing }) });
    await journal.append(attemptRecord('a', 1));
    await expect(readAll(journal)).rejects.toMatchObject({ code: 'store', systemCode: 'EIO' });
    code = 'ENOENT';
    expect(await readAll(journal)).toEqual([]);
  });

  it('takes nothing once it is closed, and can still be read', async () => {
    const directory = temporaryFolder();
    const journal = open(directory);
    await journal.append(attemptRecord('a', 1));
    await journal.close();
    expect(() => journal.append(attemptRecord('b', 1))).toThrow(RouteLLError);
    expect(await callsOf(journal)).toEqual(['a']);
    expect(existsSync(directory)).toBe(true);
  });
});
