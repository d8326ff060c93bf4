type Kind = 'space' | 'letter' | 'digit' | 'mark' | 'syllable' | 'wide';

/** How many characters of a kind one token holds. */
const CHARACTERS: Readonly<Record<Kind, number>> = {
  space: 16,
  letter: 7,
  digit: 3,
  mark: 2,
  syllable: 3,
  wide: 1,
};

/**
 * Cuts a text into tokens; joined again they are the text. A word of up to seven letters with the space
 * before it is one, so are three digits, two signs, three letters of Semitic and Indic scripts, and each
 * Chinese, Japanese or Korean character. Simple on purpose, and not how the library itself counts.
 */
export function splitTokens(text: string): string[] {
  const tokens: string[] = [];
  for (let start = 0; start < text.length;) {
    const end = tokenEnd(text, start);
    tokens.push(text.slice(start, end));
    start = end;
  }
  return tokens;
}

/** How many tokens `splitTokens` cuts, without keeping them. */
export function countTokens(text: string): number {
  let count = 0;
  for (let start = 0; start < text.length; count++) start = tokenEnd(text, start);
  return count;
}

/** The beginning of a text, without half a character at its end. */
export function startOf(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

function tokenEnd(text: string, start: number): number {
  const afterSpace = text[start] === ' ' && start + 1 < text.length ? start + 1 : start;
  const kind = kindAt(text, afterSpace);
  let end = afterSpace;
  for (let taken = 0; taken < CHARACTERS[kind] && end < text.length; taken++) {
    if (taken > 0 && kindAt(text, end) !== kind) break;
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return end;
}

function kindAt(text: string, index: number): Kind {
  const code = text.codePointAt(index) ?? 0;
  if (code <= 0x20) return 'space';
  if (code >= 0x30 && code <= 0x39) return 'digit';
  if ((code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) return 'letter';
  if (code < 0xc0) return 'mark';
  if (code < 0x590) return 'letter';
  return code < 0x2000 ? 'syllable' : 'wide';
}
