/** What breaks a line, moves the cursor, turns text around, or is no character. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** The same, but for what joins the parts of letters and of emoji in running text. */
const UNPRINTABLE_IN_PROSE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** By UTF-16 units, which is how JSON escapes. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`,
  ).join('');
}

function unlessLayout(character: string): string {
  return character === '\n' || character === '\t' ? character : escaped(character);
}

/** A text of somebody else's as one line that can do nothing to a terminal: `\u001b` for an escape. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** An answer of a model, for a screen: line breaks and tabs stay. */
export function printableProse(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(UNPRINTABLE_IN_PROSE, unlessLayout);
}

/** A value as JSON that says the same to a program and does nothing to a terminal. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(UNPRINTABLE, unlessLayout);
}
