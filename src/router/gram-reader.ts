import { GramCollector, GramKind, type Grams } from './grams.js';
import { isGlued, nextHash } from './lexicon.js';

const LINE_WEIGHT = 0.5;
const STEM_WEIGHT = 0.7;
/** A word longer than `LONGER_THAN` gives its first `STEM_LENGTH` letters as a gram: endings vary. */
const STEM_LENGTH = 4;
const LONGER_THAN = 5;
/** All numbers are one word. */
const NUMBER_HASH = 0x23;
/** What stands before the first word of a text, of a line and of a sentence, and before a word after glued script. */
const BEFORE = { text: 0x5e, line: 0x0a, sentence: 0x2e, glued: 0x78 } as const;
/** Prime of FNV-1a: spreads the first of two hashes before the second joins it. */
const SPREAD = 0x01000193;

/** Turns the words of one text into grams, as they are read. */
export class GramReader {
  readonly #text: string;
  readonly #grams = new GramCollector();
  /** Hash of the word before; of what stands before it, where there is none. */
  #previous: number = BEFORE.text;
  /** Grams there were when the line began. */
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** All grams read, each once. */
  grams(): Grams {
    return this.#grams.distinct();
  }

  /** A word from `start` to `end`; `isNear`: it stands where an ask is said. */
  addWord(start: number, end: number, hash: number, isNear: boolean): void {
    const grams = this.#grams;
    const previous = this.#previous;
    if (previous === BEFORE.line) grams.add(GramKind.LINE, hash, LINE_WEIGHT);
    if (isNear) {
      grams.add(GramKind.WORD, hash, 1);
      grams.add(GramKind.PAIR, Math.imul(previous, SPREAD) ^ hash, 1);
      if (previous === BEFORE.text) grams.add(GramKind.OPENING, hash, 1);
      if (end - start > LONGER_THAN) grams.add(GramKind.STEM, this.#stemHash(start), STEM_WEIGHT);
    }
    this.#previous = hash;
  }

  #stemHash(start: number): number {
    let hash = 0;
    for (let at = start; at < start + STEM_LENGTH; at++) hash = nextHash(hash, this.#text.charCodeAt(at));
    return hash;
  }

  /** A character of a script without spaces: it and the one, and the two, that follow. */
  addGlued(at: number, isNear: boolean): void {
    const text = this.#text;
    const second = text.charCodeAt(at + 1);
    if (isNear && isGlued(second)) {
      const two = nextHash(nextHash(0, text.charCodeAt(at)), second);
      const third = text.charCodeAt(at + 2);
      this.#grams.add(GramKind.GLUED, two, 1);
      this.#grams.add(GramKind.GLUED, nextHash(two, isGlued(third) ? third : BEFORE.glued), 1);
      const opens = this.#previous === BEFORE.text || this.#previous === BEFORE.line;
      if (opens) this.#grams.add(GramKind.OPENING, two, 1);
    }
    this.#previous = BEFORE.glued;
  }

  addNumber(isNear: boolean): void {
    if (isNear) {
      this.#grams.add(GramKind.WORD, NUMBER_HASH, 1);
      this.#grams.add(GramKind.PAIR, Math.imul(this.#previous, SPREAD) ^ NUMBER_HASH, 1);
    }
    this.#previous = NUMBER_HASH;
  }

  endSentence(): void {
    this.#previous = BEFORE.sentence;
  }

  /** Of a line that is material nothing is kept. */
  endLine(isMaterial: boolean): void {
    if (isMaterial) this.#grams.rewind(this.#lineStart);
    this.#lineStart = this.#grams.count;
    this.#previous = BEFORE.line;
  }
}
