import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEAST_OVERLAP, LEAST_VARIETY, Seam } from '../../src/call/seam.js';
import '../fast-check-runs.js';

/** The delivered text and what the seam lets through of the pieces of the rest. */
function joined(delivered: string, pieces: readonly string[], isCut = false, asked = ''): string {
  const seam = new Seam(delivered, asked);
  return delivered + pieces.map((piece) => seam.take(piece)).join('') + seam.end(isCut);
}

/** A text in pieces of these lengths, which take turns. */
function cut(text: string, lengths: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = lengths[pieces.length % lengths.length]!;
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/** By brute force: how much of the beginning of one text is an end of the other. */
function longestOverlap(delivered: string, rest: string): number {
  for (let length = Math.min(delivered.length, rest.length); length > 0; length--) {
    if (delivered.endsWith(rest.slice(0, length))) return length;
  }
  return 0;
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd', 'e'), maxLength: 80 });
const texts = fc.oneof(
  letters,
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.lorem({ maxCount: 30 }),
  fc
    .array(fc.constantFrom('👩‍🚀', '世界', ' ', '\n', 'Grüße', '🏳️‍🌈', '، ', '|---', '});'))
    .map((parts) => parts.join('')),
);

describe('properties', () => {
  it('for any text, cut and overlap from the least on, the parts make the text', () => {
    fc.assert(
      fc.property(texts, fc.nat(), fc.nat(), lengths, (text, at, back, sizes) => {
        const end = text.length === 0 ? 0 : at % (text.length + 1);
        const delivered = text.slice(0, end);
        const rest = text.slice(end - Math.min(end, LEAST_OVERLAP + (back % 60)));
        const overlap = text.slice(end - (rest.length - (text.length - end)), end);
        fc.pre(overlap.trim().length >= LEAST_OVERLAP && new Set(overlap.trim()).size >= LEAST_VARIETY);
        // A text that repeats itself just there is one of two texts, and nobody can say which.
        fc.pre(longestOverlap(delivered, rest) === overlap.length);
        expect(joined(delivered, cut(rest, sizes))).toBe(text);
      }),
    );
  });

  it('a beginning that was asked for is an overlap, however short and whatever follows', () => {
    fc.assert(
      fc.property(texts, texts, fc.integer({ min: 1, max: 48 }), lengths, (delivered, rest, least, sizes) => {
        const said = delivered.trimEnd();
        const asked = said.slice(-least).trimStart();
        fc.pre(asked !== '');
        const more = asked + delivered.slice(said.length) + rest;
        expect(joined(delivered, cut(more, sizes), false, asked)).toBe(delivered + rest);
      }),
    );
  });

  it('where nothing is repeated nothing is lost', () => {
    fc.assert(
      fc.property(texts, texts, lengths, (delivered, rest, sizes) => {
        fc.pre(longestOverlap(delivered.trimEnd(), rest.trimStart()) === 0);
        fc.pre(longestOverlap(delivered, rest) === 0);
        expect(joined(delivered, cut(rest, sizes))).toBe(delivered + rest);
      }),
    );
  });

  it('only what the delivered text ends with is ever left out, and never a part of less than four characters', () => {
    fc.assert(
      fc.property(letters, letters, lengths, (delivered, rest, sizes) => {
        const added = joined(delivered, cut(rest, sizes)).slice(delivered.length);
        expect(rest.endsWith(added)).toBe(true);
        const left = rest.slice(0, rest.length - added.length);
        expect(delivered.endsWith(left)).toBe(true);
        expect(left === '' || left.length >= 4).toBe(true);
      }),
    );
  });

  it('it does not matter how the rest is cut', () => {
    fc.assert(
      fc.property(texts, texts, lengths, (delivered, rest, sizes) => {
        const more = delivered.slice(-30) + rest;
        expect(joined(delivered, cut(more, sizes))).toBe(joined(delivered, [more]));
      }),
    );
  });

  it('an answer that begins anew is left out as far as it was delivered, however long', () => {
    const longTexts = fc.array(fc.uuid(), { minLength: 120, maxLength: 140 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(longTexts, fc.integer({ min: 4, max: 4200 }), (text, end) => {
        fc.pre(new Set(text.slice(0, end)).size >= 4);
        expect(joined(text.slice(0, end), cut(text, [7]))).toBe(text);
      }),
      { numRuns: 20 },
    );
  });
});

describe('what is left out', () => {
  it.each<[string, string, string, string]>([
    ['the last words', 'The cat sat on the m', 'sat on the mat.', 'The cat sat on the mat.'],
    ['all of it', 'Once upon', 'Once upon a time', 'Once upon a time'],
    ['all of it, after a line end', 'Once upon', '\n\nOnce upon a time', 'Once upon a time'],
    ['the word in which it broke off', 'over the lazy', 'lazy dog', 'over the lazy dog'],
    ['the space that both have', 'jumps over the lazy ', 'over the lazy dog', 'jumps over the lazy dog'],
    [
      'the line end that both have',
      '1. apples\n2. pears\n',
      '1. apples\n2. pears\n3. figs',
      '1. apples\n2. pears\n3. figs',
    ],
    ['spaces before it', 'jumps over the lazy', ' over the lazy dog', 'jumps over the lazy dog'],
    [
      'the longest of several',
      'ab cd ef gh ab cd ef gh',
      'ab cd ef gh ab cd ef gh ij',
      'ab cd ef gh ab cd ef gh ij',
    ],
    ['up to half a character', 'the astronaut \ud83d', 'the astronaut 🚀!', 'the astronaut 🚀!'],
    [
      'all of a long text that begins with spaces',
      `\n\nOnce ${'upon a time '.repeat(300)}there`,
      `Once ${'upon a time '.repeat(300)}there was`,
      `\n\nOnce ${'upon a time '.repeat(300)}there was`,
    ],
  ])('%s', (_, delivered, rest, whole) => {
    expect(joined(delivered, Array.from(rest))).toBe(whole);
  });

  it.each<[asked: string, delivered: string, rest: string, whole: string]>([
    ['The', 'The', 'The quick', 'The quick'],
    ['The', '\n\nThe', '\n\nThe quick', '\n\nThe quick'],
    ['I', 'I', 'I think', 'I think'],
    ['aaa', 'aaa', 'aaaaa', 'aaaaa'],
    ['1.', '1. ', '1. apples', '1. apples'],
    ['\ud83e', '\ud83e', '🦊!', '🦊!'],
    ['---|---|', '| a | b |\n|---|---|---|', '---|---|\n| 1', '| a | b |\n|---|---|---|\n| 1'],
    // Also where more of it is an end by chance.
    ['ab ab', 'ab ab ab ab', 'ab ab ab ab.', 'ab ab ab ab ab ab.'],
  ])('what was asked for: %s', (asked, delivered, rest, whole) => {
    expect(joined(delivered, Array.from(rest), false, asked)).toBe(whole);
    expect(joined(delivered, [rest], false, asked)).toBe(whole);
  });
});

describe('what stays', () => {
  it.each<[string, string, string]>([
    ['a letter', 'book', 'keeper'],
    ['a space', 'one ', ' two'],
    ['a word that comes twice', 'I know that', ' that is so'],
    ['a short piece in the middle of a word', 'banana', 'nana'],
    ['brackets', 'f(() => {\n    });\n  });\n', '});\n  });\n});'],
    ['the rule of a table', '|---|---|---', '---|---|---|'],
    [
      'a beginning that goes on otherwise',
      'Sure! Here are ten fruits: apples',
      'Sure! Here are ten fruits: pears',
    ],
    ['laughter', 'hahahahaha', 'hahahahaha!'],
    ['spaces alone', 'one', ' \n '],
    ['anything after nothing', '', '  Once'],
    ['anything after spaces', ' \n', ' Once'],
  ])('%s', (_, delivered, rest) => {
    expect(joined(delivered, Array.from(rest))).toBe(delivered + rest);
  });
});

describe('holding back', () => {
  it('ends with the first character that repeats nothing', () => {
    const seam = new Seam('The cat sat on the m', '');
    expect(seam.take(' ')).toBe('');
    expect(seam.take('the ')).toBe('');
    expect(seam.take('hat')).toBe(' the hat');
    expect(seam.take(' m')).toBe(' m');
    expect(seam.end(false)).toBe('');
  });

  it('never holds more than the window where nothing begins anew', () => {
    const seam = new Seam(`x${'ab'.repeat(5000)}`, '');
    let held = 0;
    while (seam.take('ab') === '') held += 2;
    expect(held).toBeLessThanOrEqual(2000);
  });

  it('what was still repeating when the cap cut it is no part of the answer; what ended by itself is', () => {
    const delivered = 'The quick brown fox jumps over the lazy dog';
    expect(joined(delivered, ['The quick br'], true)).toBe(delivered);
    expect(joined(delivered, ['The quick br'], false)).toBe(`${delivered}The quick br`);
    expect(joined(delivered, ['over the lazy dog'], true)).toBe(delivered);
  });

  it('copies nothing for each piece: a long text that begins anew is no more work than it is long', () => {
    const words = Array.from({ length: 50_000 }, (_, index) => `word${(index * 7919) % 10_007} `);
    const delivered = words.join('');
    expect(delivered.length).toBeGreaterThan(400_000);
    // For the square of the length the time of a test is not enough.
    expect(joined(delivered, [...cut(delivered, [4]), 'end'])).toBe(`${delivered}end`);
    const spaced = `${'word'.repeat(100_000)}${' '.repeat(100_000)}`;
    expect(joined(spaced, [...cut(spaced, [4]), 'end'])).toBe(`${spaced}end`);
  });

  it('takes little time for texts made to be slow', () => {
    const startedMs = performance.now();
    expect(joined('a'.repeat(100_000), ['a'.repeat(100_000)])).toHaveLength(200_000);
    // Far above what it takes, far below what a square of the length would.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
