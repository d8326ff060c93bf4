/** Kinds of characters, by script. Up to `LAST_LETTER` they form words. */
export const LOWER = 0;
export const UPPER = 1;
const LATIN = 2;
const LATIN_EXTENDED = 3;
const CYRILLIC = 4;
const GREEK = 5;
const ARABIC = 6;
const INDIC = 7;
const SOUTH_EAST_ASIAN = 8;
const SMALL_SCRIPT = 9;
const LATIN_ADDITIONAL = 10;
const MARK = 11;
export const LAST_LETTER = 11;
export const DIGIT = 12;
export const PUNCTUATION = 13;
export const SPACE = 14;
const NEWLINE = 15;
const OTHER = 16;
const HAN = 17;
const KANA = 18;
const HANGUL = 19;
const WIDE = 20;
const PAIR_HALF = 21;
export const KINDS = 22;

/** The kind of every UTF-16 code unit. */
export const KIND_OF = new Uint8Array(0x10000).fill(OTHER);
const RANGES: readonly (readonly [start: number, end: number, kind: number])[] = [
  [0x0000, 0x0080, PUNCTUATION],
  [0x0030, 0x003a, DIGIT],
  [0x0041, 0x005b, UPPER],
  [0x0061, 0x007b, LOWER],
  [0x0009, 0x000a, SPACE],
  [0x0020, 0x0021, SPACE],
  [0x000a, 0x000b, NEWLINE],
  [0x000d, 0x000e, NEWLINE],
  [0x00c0, 0x0100, LATIN],
  [0x0100, 0x0260, LATIN_EXTENDED],
  [0x0300, 0x0370, MARK],
  [0x0370, 0x0400, GREEK],
  [0x0400, 0x0520, CYRILLIC],
  [0x0520, 0x0580, SMALL_SCRIPT],
  [0x0580, 0x0780, ARABIC],
  [0x0900, 0x0e00, INDIC],
  [0x0e00, 0x1000, SOUTH_EAST_ASIAN],
  [0x1000, 0x1800, SMALL_SCRIPT],
  [0x1e00, 0x1f00, LATIN_ADDITIONAL],
  [0x1f00, 0x2000, GREEK],
  [0x3000, 0x3040, WIDE],
  [0x3040, 0x3100, KANA],
  [0x3100, 0xa000, HAN],
  [0xac00, 0xd7c0, HANGUL],
  [0xd800, 0xe000, PAIR_HALF],
  [0xf900, 0xfb00, HAN],
  [0xff00, 0xfff0, WIDE],
];
for (const [start, end, kind] of RANGES) KIND_OF.fill(kind, start, end);

/** By kind, what makes the small letter of a character: a table, since a branch for each capital costs more. */
export const TO_SMALL = new Uint8Array(KINDS);
TO_SMALL[UPPER] = 0x20;
