/** How far before its end an overlap with the delivered text may begin, in UTF-16 units. */
const WINDOW = 2000;
/** From this length on what is repeated is an overlap wherever it begins, … */
export const LEAST_OVERLAP = 12;
/** … if so many characters of it differ: rules of tables and closing brackets come twice by themselves. */
export const LEAST_VARIETY = 4;
/** The same for one that begins with a word in which the text broke off, or with the text itself. */
const LEAST_WORD = 4;
const LEAST_WORD_VARIETY = 3;

/**
 * Where two parts of a text meet, of which the second may repeat the end of the first, or all of it: says what of
 * the second is new. The longest beginning of it that is an end of the first is left out, as are spaces before it
 * and those that both have after it. What may still become a repetition is held back, nothing else.
 */
export class Seam {
  readonly #delivered: string;
  /** Where the delivered text ends, the space behind it aside. */
  readonly #end: number;
  /** Where in the delivered text a repetition may have begun, in order. */
  #starts: readonly number[];
  #held = '';
  /** Units of space before the repetition. */
  #space = 0;
  /** Units of it that agree with the delivered text at each of the starts. */
  #matched = 0;
  /** Units of it that reach the end of the delivered text. */
  #repeated = 0;
  #isOpen: boolean;

  constructor(delivered: string) {
    this.#delivered = delivered;
    this.#end = delivered.trimEnd().length;
    const first = Math.max(1, this.#end - WINDOW);
    this.#starts = [
      0,
      ...Array.from({ length: Math.max(0, this.#end - first) }, (_, index) => first + index),
    ];
    this.#isOpen = this.#end > 0;
  }

  /** What of a further piece, and of those held back, is new. */
  take(piece: string): string {
    if (!this.#isOpen) return piece;
    let read = this.#held.length;
    this.#held += piece;
    for (; read < this.#held.length; read++) {
      if (this.#matched === 0 && isSpace(this.#held.charAt(read))) this.#space += 1;
      else if (!this.#matches(this.#held.charCodeAt(read))) return this.#close();
    }
    return '';
  }

  /**
   * What of the pieces held back is new, now that none follows.
   * @param isCut Whether more was to follow: what was still repeating is then no part of the answer.
   */
  end(isCut: boolean): string {
    if (!this.#isOpen) return '';
    const isRepeating = isCut && this.#repeated === 0 && this.#matched > 0;
    return isRepeating ? '' : this.#close();
  }

  #matches(unit: number): boolean {
    const matched = this.#matched;
    // Beyond the end there is no unit, and nothing equals that.
    this.#starts = this.#starts.filter((start) => this.#delivered.charCodeAt(start + matched) === unit);
    this.#matched += 1;
    const reaching = this.#starts.find((start) => start + this.#matched >= this.#end);
    if (reaching !== undefined && this.#isOverlap(reaching)) this.#repeated = this.#matched;
    return this.#starts.length > 0;
  }

  /** Whether the delivered text from here on is more than what two texts have in common by chance. */
  #isOverlap(start: number): boolean {
    const repeated = this.#delivered.slice(start, this.#end);
    const variety = new Set(repeated).size;
    if (repeated.length >= LEAST_OVERLAP && variety >= LEAST_VARIETY) return true;
    const isWithinWord = this.#space === 0 && this.#end === this.#delivered.length;
    const isWord = start === 0 || (isWithinWord && isSpace(this.#delivered.charAt(start - 1)));
    return isWord && repeated.length >= LEAST_WORD && variety >= LEAST_WORD_VARIETY;
  }

  #close(): string {
    this.#isOpen = false;
    return this.#repeated === 0 ? this.#held : this.#held.slice(this.#space + this.#repeated);
  }
}

function isSpace(character: string): boolean {
  return character.trim() === '';
}
