import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonMistake, parseJson } from '../../src/config/parse-json.js';

function mistakeIn(text: string): JsonMistake {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonMistake) return error;
    throw error;
  }
  throw new Error(`expected a mistake in ${text}`);
}

/** As plain objects, which is what JSON.parse makes. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, below]) => [name, plain(below)]));
}

describe('parseJson', () => {
  it('reads what JSON.parse reads, to the same value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), null, indent);
        expect(plain(parseJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes and refuses the same texts as JSON.parse', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"b"',
      '"\\u00e9"',
      '"\\x"',
      '"',
      '1',
      '-0.5e3',
      '01',
      '.5',
    ];
    const more = ['true', 'nul', 'null', ' ', '\n', '\u00a0', '\\', "'", 'NaN', '"\u0001"', '/*a*/'];
    const texts = fc.array(fc.constantFrom(...pieces, ...more), { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(texts, (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(mistakeIn(text)).toBeInstanceOf(JsonMistake);
          return;
        }
        // A name that stands twice is all that is refused beyond what JSON refuses.
        const isTwice = /"(a|b)":.*"\1":/s.test(text);
        if (!isTwice) expect(plain(parseJson(text))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('makes objects without a prototype, in which __proto__ is a name', () => {
    const value = parseJson(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
    ) as object;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each<[string, number, number, RegExp]>([
    ['', 1, 1, /expected a value; the file ends here/],
    ['{\n  "a": 1,\n}', 3, 1, /expected a name in double quotes/],
    ['{"a" 1}', 1, 6, /expected a colon/],
    ['{"a": 1 "b": 2}', 1, 9, /expected a comma or }/],
    ['[1 2]', 1, 4, /expected a comma or ]/],
    ['{"a": hello}', 1, 7, /expected a value/],
    ["{'a': 1}", 1, 2, /expected a name in double quotes/],
    ['{"a": "x', 1, 7, /expected this text to end/],
    ['{"a": "x\ny"}', 1, 7, /without line breaks/],
    ['{"a": "\\q"}', 1, 7, /known escapes/],
    ['{} {}', 1, 4, /expected nothing more/],
    ['{\r\n\t// why\r\n\t"a": 1 }', 2, 2, /JSON has no comments/],
    ['{"a": 1, "a": 2}', 1, 10, /"a" stands here a second time/],
    ['{"a": {"b": 1,\n"\\u0062": 2}}', 2, 1, /"b" stands here a second time/],
    ['['.repeat(200), 1, 102, /at most 100 levels/],
    ['{"a": 1', 1, 8, /expected a comma or }; the file ends here/],
  ])('says where and what in %j', (text, line, column, expected) => {
    const mistake = mistakeIn(text);
    expect(mistake).toMatchObject({ line, column });
    expect(mistake.message).toMatch(expected);
    expect(mistake.message).toContain(`line ${line}, column ${column}`);
  });

  it('tells no value', () => {
    for (const text of [
      '{"api_key": canary}',
      '{"api_key": "canary"',
      '{"api_key": "canary" 1}',
      '"canary',
    ]) {
      expect(mistakeIn(text).message).not.toContain('canary');
    }
  });

  it('takes as long as the text, however it is made', () => {
    for (const text of [
      '"'.padEnd(500_000, '\\'),
      '['.repeat(500_000),
      ' '.repeat(500_000),
      '1'.repeat(500_000) + 'x',
    ]) {
      expect(() => parseJson(text)).toThrow(JsonMistake);
    }
  });
});
