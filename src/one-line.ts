/** What breaks a line, moves the cursor, reorders what is shown, or is no character: controls, formats, halves. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The text on one line: whatever could break it, or forge another, is escaped as in JSON. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) =>
    // By UTF-16 units, which is how JSON escapes.
    Array.from({ length: character.length }, (_, index) => escaped(character.charCodeAt(index))).join(''),
  );
}

const LONGEST_NAME = 120;
const LONGEST_TEXT = 600;

/** A name that others gave: bare where it cannot be mistaken for anything else, else in quotes. */
export function printableName(name: string): string {
  return name.length <= LONGEST_NAME && /^[\w.:/@+-]+$/.test(name) ? name : inQuotes(name, LONGEST_NAME);
}

/** A text that others wrote, in quotes, and as long as a line should be. */
export function printableText(text: string): string {
  return inQuotes(text, LONGEST_TEXT);
}

function inQuotes(text: string, longest: number): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return oneLine(JSON.stringify(shown));
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
