import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson, printableProse } from '../../src/cli/printable.js';

/** What a terminal acts upon, or shows in another order. */
const dangerous = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const texts = fc.string({ unit: 'binary' });

describe('printable', () => {
  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\rb\nc\td', 'a\\u000db\\u000ac\\u0009d'],
    ['\u009b2J', '\\u009b2J'],
    ['gpt\u202egpj', 'gpt\\u202egpj'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['claude-haiku-4-5', 'claude-haiku-4-5'],
    ['größer 日本 🦆', 'größer 日本 🦆'],
  ])('%j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('leaves nothing that a terminal acts upon', () => {
    fc.assert(fc.property(texts, (text) => !dangerous.test(printable(text))));
  });
});

describe('printableProse', () => {
  it('keeps line breaks, tabs and emoji, and takes the rest off', () => {
    expect(printableProse('a\n\tb\r\n\u001b]0;title\u0007 👨‍👩‍👧')).toBe('a\n\tb\n\\u001b]0;title\\u0007 👨‍👩‍👧');
  });

  it('leaves nothing else that a terminal acts upon', () => {
    fc.assert(fc.property(texts, (text) => !dangerous.test(printableProse(text).replaceAll(/[\n\t]/g, ''))));
  });
});

describe('printableJson', () => {
  it('says the same as JSON, and does nothing to a terminal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), texts, (value, text) => {
        const json = printableJson({ value, text });
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(json.replaceAll('\n', '')).not.toMatch(dangerous);
      }),
    );
  });
});
