import { printableText } from '../one-line.js';

/** Where a text stops being JSON, and what was expected there. Nothing of the text but a repeated name is told. */
export class JsonMistake extends Error {
  /** From 1 on. */
  readonly line: number;
  readonly column: number;

  constructor(text: string, at: number, expected: string) {
    const lines = text.slice(0, at).split('\n');
    const line = lines.length;
    const column = (lines.at(-1) ?? '').length + 1;
    super(`line ${line}, column ${column}: ${expected}`);
    this.line = line;
    this.column = column;
  }
}

const DEEPEST = 100;
const BLANK = /[ \t\r\n]*/y;
const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * Reads JSON as `JSON.parse` does, but says where a mistake is, refuses a name that stands twice in an object,
 * and makes objects without a prototype: `__proto__` is a name like any other.
 * @throws {JsonMistake}
 */
export function parseJson(text: string): unknown {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): unknown {
    const first = this.#peek();
    if (depth > DEEPEST) throw this.#mistake(`expected at most ${DEEPEST} levels`);
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    return first === '"' ? this.#string() : this.#word();
  }

  end(): void {
    if (this.#peek() !== '') throw this.#mistake('expected nothing more');
  }

  #object(depth: number): unknown {
    const object = Object.create(null) as Record<string, unknown>;
    this.#at += 1;
    if (this.#took('}')) return object;
    do {
      if (this.#peek() !== '"') throw this.#mistake('expected a name in double quotes');
      const nameAt = this.#at;
      const name = this.#string();
      if (name in object) {
        throw this.#mistake(`${printableText(name)} stands here a second time`, nameAt);
      }
      if (!this.#took(':')) throw this.#mistake('expected a colon');
      object[name] = this.value(depth + 1);
    } while (this.#took(','));
    if (!this.#took('}')) throw this.#mistake('expected a comma or }');
    return object;
  }

  #array(depth: number): unknown {
    const items: unknown[] = [];
    this.#at += 1;
    if (this.#took(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#took(','));
    if (!this.#took(']')) throw this.#mistake('expected a comma or ]');
    return items;
  }

  #string(): string {
    const from = this.#at;
    let at = from + 1;
    while (at < this.#text.length && this.#text[at] !== '"') at += this.#text[at] === '\\' ? 2 : 1;
    if (at >= this.#text.length) throw this.#mistake('expected this text to end with double quotes');
    this.#at = at + 1;
    try {
      return JSON.parse(this.#text.slice(from, this.#at)) as string;
    } catch {
      throw this.#mistake('expected a text without line breaks and with known escapes only', from);
    }
  }

  #word(): unknown {
    WORD.lastIndex = this.#at;
    const [word] = WORD.exec(this.#text) ?? [];
    if (word === undefined) throw this.#mistake('expected a value');
    this.#at += word.length;
    return JSON.parse(word);
  }

  /** The next character that is no blank; none at the end. */
  #peek(): string {
    BLANK.lastIndex = this.#at;
    BLANK.exec(this.#text);
    this.#at = BLANK.lastIndex;
    return this.#text[this.#at] ?? '';
  }

  #took(character: string): boolean {
    const isNext = this.#peek() === character;
    if (isNext) this.#at += 1;
    return isNext;
  }

  #mistake(expected: string, at = this.#at): JsonMistake {
    const isComment = /^\/[/*]/.test(this.#text.slice(at, at + 2));
    const ended = at >= this.#text.length ? '; the file ends here' : '';
    return new JsonMistake(this.#text, at, `${expected}${isComment ? '; JSON has no comments' : ended}`);
  }
}
