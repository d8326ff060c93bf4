import { mkdirSync, symlinkSync } from 'node:fs';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readJsonFile, siblingOf } from '../../src/config/read-json-file.js';
import { configurationErrorOf, newFolder, writeFile } from './files.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** A file system that says no. */
function refusing(code: string): void {
  const refuse = (): never => {
    throw Object.assign(new Error(`${code}: canary`), { code });
  };
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({
    ...fs,
    statSync: refuse,
    lstatSync: refuse,
  });
}

describe('readJsonFile', () => {
  it('reads UTF-8, with a byte order mark or without', () => {
    expect(readJsonFile(writeFile('{"a":"blau-weiß ✓"}'))).toEqual({ a: 'blau-weiß ✓' });
    expect(readJsonFile(writeFile('\ufeff{"a":1}'))).toEqual({ a: 1 });
  });

  it('says that there is no such file', () => {
    const path = join(newFolder(), 'none.json');
    const { field, message } = configurationErrorOf(() => readJsonFile(path));
    expect(field).toBe(path);
    expect(message).toMatch(/none\.json does not exist\..*working directory/);
  });

  it.each<[string, () => string, RegExp]>([
    ['a folder', () => newFolder(), /is no file/],
    ['a device', () => '/dev/null', /is no file/],
    ['a file that is used as a folder', () => join(writeFile({}), 'x.json'), /cannot be read \(ENOTDIR\)/],
    ['a name that no file can have', () => 'a\0b.json', /cannot be read \(ERR_INVALID_ARG_VALUE\)/],
    ['nothing at all', () => writeFile(''), /line 1, column 1: expected a value; the file ends here/],
    ['what is no JSON', () => writeFile('{\n  "a": 1,\n}'), /is no JSON: line 3, column 1: expected a name/],
    ['UTF-16', () => writeFile(new Uint8Array([0xff, 0xfe, 0x7b, 0, 0x7d, 0])), /is not UTF-8\. Save it/],
    ['Latin-1', () => writeFile(new Uint8Array([0x22, 0xe9, 0x22])), /is not UTF-8/],
    ['a huge file', () => writeFile(`{}${' '.repeat(1_000_000)}`), /has 1000002 bytes.*at most 1000000/],
  ])('refuses %s', (_, make, expected) => {
    const path = make();
    const { field, message, code } = configurationErrorOf(() => readJsonFile(path));
    expect({ field, code }).toEqual({ field: path, code: 'configuration' });
    expect(message).toContain(path);
    expect(message).toMatch(expected);
  });

  it('says that a file may not be read', () => {
    refusing('EACCES');
    const { message } = configurationErrorOf(() => readJsonFile('a.json'));
    expect(message).toBe('a.json cannot be read (EACCES). Check its name and its permissions.');
  });

  it.each([
    ['no process', undefined],
    ['an old Node', {}],
    ['no module of that name', { getBuiltinModule: () => undefined }],
  ])('says that there are no files where there is %s', (_, process) => {
    vi.stubGlobal('process', process);
    try {
      const { field, message } = configurationErrorOf(() => readJsonFile('a.json'));
      expect(field).toBe('a.json');
      expect(message).toContain('there are no files here');
    } finally {
      vi.unstubAllGlobals();
    }
  });
});

describe('siblingOf', () => {
  it('finds a file in the same folder', () => {
    const path = writeFile({});
    const sibling = join(path, '..', 'other.json');
    expect(siblingOf(path, 'other.json')).toBeNull();
    writeFile({}, 'other.json', join(path, '..'));
    expect(siblingOf(path, 'other.json')).toBe(sibling);
  });

  it('is relative where the path is', () => {
    expect(siblingOf('package.json', 'tsconfig.json')).toBe('tsconfig.json');
    expect(siblingOf('./src/index.ts', 'client.ts')).toBe('./src/client.ts');
  });

  it('finds a link to nowhere and a folder: reading them is an error, not silence', () => {
    const folder = newFolder();
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link.json'));
    mkdirSync(join(folder, 'folder.json'));
    const path = join(folder, 'a.json');
    expect(siblingOf(path, 'link.json')).toBe(join(folder, 'link.json'));
    expect(siblingOf(path, 'folder.json')).toBe(join(folder, 'folder.json'));
  });

  it('says where it may not look', () => {
    refusing('EACCES');
    expect(configurationErrorOf(() => siblingOf('a.json', 'b.json')).field).toBe('b.json');
  });
});
