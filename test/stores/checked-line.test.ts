import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedLine, readCheckedLine } from '../../src/stores/checked-line.js';

describe('checkedLine', () => {
  it('is a line of JSON that gives back what it was made of', () => {
    fc.assert(
      fc.property(fc.record({ kind: fc.string({ unit: 'binary' }), record: fc.json() }), (value) => {
        const line = checkedLine(value, crc32);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(JSON.parse(line)).toMatchObject(value);
        expect(readCheckedLine(line.trimEnd(), crc32)).toEqual(value);
      }),
    );
  });

  it('tells one changed or missing character', () => {
    const line = checkedLine({ kind: 'attempt', record: { costUsd: 0.25 } }, crc32).trimEnd();
    for (let at = 0; at < line.length; at++) {
      const other = line[at] === '0' ? '1' : '0';
      expect(readCheckedLine(line.slice(0, at) + other + line.slice(at + 1), crc32)).toBeNull();
      expect(readCheckedLine(line.slice(0, at), crc32)).toBeNull();
    }
  });

  it.each(['', '\0\0\0', '{}', '{"kind":"attempt"}', 'a,"crc":"00000000"}'])(
    'takes %j for damaged',
    (line) => {
      expect(readCheckedLine(line, crc32)).toBeNull();
    },
  );

  it('takes what has a right checksum and is no JSON for damaged', () => {
    const checksum = crc32('{"a}').toString(16).padStart(8, '0');
    expect(readCheckedLine(`{"a,"crc":"${checksum}"}`, crc32)).toBeNull();
  });
});
