/** What moves the cursor, changes the terminal or turns text around, but for line breaks and tabs. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A text of somebody else's as one line that can do nothing to a terminal: `\u001b` for an escape. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escaped);
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(UNPRINTABLE, (character) => (/[\n\t]/.test(character) ? character : escaped(character)));
}

/** A value as JSON that says the same to a program and does nothing to a terminal. */
export function printableJson(value: unknown): string {
  return printableLines(JSON.stringify(value, null, 2));
}
