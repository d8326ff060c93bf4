/** The fields of a JSON object from outside: of none it is known what it holds. */
export type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object that a line of a file holds, or why it is none. */
export function readObject(text: string): Fields | string {
  let value: unknown;
  try {
    // A file may begin with a byte order mark.
    value = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return 'no JSON';
  }
  return isObject(value) ? value : 'no JSON object';
}
