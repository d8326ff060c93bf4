import type { CallRequest } from './request.js';

/** A longer text is known by its length, its ends and so many characters in between. */
const LONGEST_WHOLE = 4096;
const AT_EACH_END = 1024;
/** Deeper than any message is; what lies beyond is not looked at. */
const DEEPEST = 16;

const SEED = 0x811c9dc5;
const PRIME = 0x01000193;
const OTHER_PRIME = 0x85ebca6b;

/** Two multiplicative hashes side by side, 53 bits of which are used: enough to tell prompts apart, and no secret. */
class PromptHash {
  #first = SEED;
  #second = SEED;

  get value(): number {
    return (this.#first >>> 0) * 2 ** 21 + (this.#second >>> 11);
  }

  /** Takes up plain JSON, keys and all; texts by a sample. */
  add(value: unknown, depth = 0): void {
    if (typeof value === 'string') this.#addText(value);
    else if (typeof value === 'number') this.#addText(String(value));
    else if (typeof value !== 'object' || value === null) this.#mix(value === true ? 1 : 2);
    else if (depth < DEEPEST) this.#addObject(value, depth);
  }

  #addObject(value: object, depth: number): void {
    this.#mix(Array.isArray(value) ? 3 : 4);
    for (const [key, item] of Object.entries(value) as [string, unknown][]) {
      if (item === undefined) continue;
      this.#addText(key);
      this.add(item, depth + 1);
    }
    this.#mix(5);
  }

  #addText(text: string): void {
    const { length } = text;
    this.#mix(length);
    if (length <= LONGEST_WHOLE) {
      this.#addCharacters(text, 0, length, 1);
      return;
    }
    const step = Math.ceil((length - 2 * AT_EACH_END) / (LONGEST_WHOLE - 2 * AT_EACH_END));
    this.#addCharacters(text, 0, AT_EACH_END, 1);
    this.#addCharacters(text, AT_EACH_END, length - AT_EACH_END, step);
    this.#addCharacters(text, length - AT_EACH_END, length, 1);
  }

  #addCharacters(text: string, start: number, end: number, step: number): void {
    for (let at = start; at < end; at += step) this.#mix(text.charCodeAt(at));
  }

  #mix(value: number): void {
    this.#first = Math.imul(this.#first ^ value, PRIME);
    // Shifted, so that high bits reach low ones.
    this.#second = Math.imul(this.#second ^ value ^ (this.#second >>> 15), OTHER_PRIME);
  }
}

/**
 * A name for each beginning of a prompt: of tools and the first message, of those and the second, and so on; the last
 * is that of the whole prompt. Names of one session say nothing of another's. No text can be read back.
 */
export function prefixNames(session: string, { messages, parameters }: CallRequest): Float64Array {
  const { tools, functions }: { tools?: unknown; functions?: unknown } = parameters;
  const hash = new PromptHash();
  hash.add(session);
  hash.add(tools);
  hash.add(functions);
  return Float64Array.from(messages, (message) => {
    hash.add(message);
    return hash.value;
  });
}
