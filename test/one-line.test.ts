import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, printableName, printableText } from '../src/one-line.js';

/** What some terminal, editor or collector of logs takes for the end of a line, or obeys. */
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/;

describe('oneLine', () => {
  it.each([
    ['a\r\nb', 'a\\u000d\\u000ab'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\u2028b\u0085c', 'a\\u2028b\\u0085c'],
    ['\u202Egnp.exe', '\\u202egnp.exe'],
    ['half \ud83d', 'half \\ud83d'],
    ['\u{e0001}', '\\udb40\\udc01'],
    ['Zürich, 東京 🙂', 'Zürich, 東京 🙂'],
  ])('%j', (text, expected) => {
    expect(oneLine(text)).toBe(expected);
  });

  it('is one line of well-formed text, whatever it is made of', () => {
    const unit = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = String.fromCharCode(...units);
        expect(oneLine(text)).not.toMatch(HARMFUL);
        expect(oneLine(text)).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe('printableName', () => {
  it.each(['gpt-5-mini', 'meta/llama-3.1:8b', 'a@b.example', 'call_01abc.2'])('leaves %s bare', (name) => {
    expect(printableName(name)).toBe(name);
  });

  it.each([
    ['', '""'],
    ['two words', '"two words"'],
    ['a"b', '"a\\"b"'],
    ['gpt\n+0 ms call-end', '"gpt\\n+0 ms call-end"'],
    ['x'.repeat(121), `"${'x'.repeat(120)}…"`],
  ])('puts %j in quotes', (name, expected) => {
    expect(printableName(name)).toBe(expected);
  });
});

describe('printableText', () => {
  it('is JSON of the text, as long as a line should be', () => {
    const harmful = 'a"b\\c\nd\u2028e\u001b';
    expect(JSON.parse(printableText(harmful))).toBe(harmful);
    expect(printableText('x'.repeat(10_000))).toHaveLength(603);
  });
});
