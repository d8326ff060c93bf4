import { isGlued } from './lexicon.js';

/** What a UTF-16 code unit does in a text. */
export const CharacterClass = {
  OTHER: 0,
  WORD: 1,
  GLUED: 2,
  DIGIT: 3,
  OPERATOR: 4,
  CODE: 5,
  END: 6,
  QUESTION: 7,
  NEWLINE: 8,
} as const;
export type CharacterClass = (typeof CharacterClass)[keyof typeof CharacterClass];

function classOfAscii(character: string): CharacterClass {
  if (/[a-z]/i.test(character)) return CharacterClass.WORD;
  if (/\d/.test(character)) return CharacterClass.DIGIT;
  if ('+*/^=<>\\'.includes(character)) return CharacterClass.OPERATOR;
  if ('{};'.includes(character)) return CharacterClass.CODE;
  if ('.!:'.includes(character)) return CharacterClass.END;
  if (character === '?') return CharacterClass.QUESTION;
  return character === '\n' ? CharacterClass.NEWLINE : CharacterClass.OTHER;
}

/** Full-width, Devanagari and typographic marks that end a sentence. */
const ENDS = new Set([0x3002, 0xff01, 0xff1a, 0x0964, 0x2026]);
const QUESTION_MARKS = new Set([0xff1f, 0x061f, 0x37e]);

function classOfOther(code: number): CharacterClass {
  if (isGlued(code)) return CharacterClass.GLUED;
  if (QUESTION_MARKS.has(code)) return CharacterClass.QUESTION;
  if (ENDS.has(code)) return CharacterClass.END;
  if (code >= 0x2190 && code <= 0x22ff) return CharacterClass.OPERATOR;
  return isLetterLike(code) ? CharacterClass.WORD : CharacterClass.OTHER;
}

/** Everything from Latin with diacritics on, less punctuation, symbols, surrogates and full-width forms. */
function isLetterLike(code: number): boolean {
  if (code < 0xc0 || code === 0xd7 || code === 0xf7) return false;
  if (code >= 0x2000 && code < 0x2c00) return false;
  if (code === 0x060c || code === 0x061b) return false;
  return code < 0x3000 || (code >= 0xf900 && code < 0xff00);
}

/** The class of every UTF-16 code unit; letters of scripts that set words apart are `WORD`. */
export const CLASS_OF: Readonly<Uint8Array> = Uint8Array.from({ length: 0x10000 }, (_, code) =>
  code < 128 ? classOfAscii(String.fromCharCode(code)) : classOfOther(code),
);
