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
 * the second is new. What it was asked to begin with is left out, else the longest beginning of it that is an end of
 * the first; as are spaces before it and those that both have after it. What may still become a repetition is held back, nothing else.
 */
export class Seam {
  readonly #delivered: string;
  /** Where the delivered text begins and ends, the space around it aside. */
  readonly #begin: number;
  readonly #end: number;
  /** Where the words begin that were asked for. */
  readonly #asked: number;
  /** Where in the delivered text a repetition may have begun, in order. */
  #starts: readonly number[];
  /** Whole pieces: a text that grows piece by piece would be copied for each. */
  readonly #held: string[] = [];
  /** Units of space before the repetition. */
  #space = 0;
  /** Units of it that agree with the delivered text at each of the starts. */
  #matched = 0;
  /** Where the overlap begins, once there is one, and its units with the space after it. */
  #overlap: number | null = null;
  #repeated = 0;
  #isOpen: boolean;

  /** @param asked The end of the delivered text that the second was asked to begin with. */
  constructor(delivered: string, asked: string) {
    this.#delivered = delivered;
    this.#end = delivered.trimEnd().length;
    this.#begin = delivered.length - delivered.trimStart().length;
    this.#asked = asked === '' ? this.#end : delivered.lastIndexOf(asked);
    const first = Math.max(this.#begin + 1, this.#end - WINDOW);
    this.#starts = [
      this.#begin,
      ...Array.from({ length: Math.max(0, this.#end - first) }, (_, index) => first + index),
    ];
    this.#isOpen = this.#end > 0;
  }

  /** What of a further piece, and of those held back, is new. */
  take(piece: string): string {
    if (!this.#isOpen) return piece;
    this.#held.push(piece);
    for (let read = 0; read < piece.length; read++) {
      if (this.#matched === 0 && isSpace(piece.charAt(read))) this.#space += 1;
      else if (!this.#matches(piece.charCodeAt(read))) return this.#close();
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
    const reaching = this.#end - this.#matched;
    if (this.#starts.includes(reaching) && this.#isOverlap(reaching)) {
      this.#overlap = reaching;
      // Who begins with what was asked for goes on after it, also where the text before it is the same again.
      if (reaching === this.#asked) this.#starts = [reaching];
    }
    if (this.#overlap !== null && this.#starts.includes(this.#overlap)) this.#repeated = this.#matched;
    return this.#starts.length > 0;
  }

  /** Whether the delivered text from here on was asked for, or is more than two texts have in common by chance. */
  #isOverlap(start: number): boolean {
    if (start === this.#asked) return true;
    const repeated = this.#delivered.slice(start, this.#end);
    const variety = new Set(repeated).size;
    if (repeated.length >= LEAST_OVERLAP && variety >= LEAST_VARIETY) return true;
    const isWithinWord = this.#space === 0 && this.#end === this.#delivered.length;
    const isWord = start === this.#begin || (isWithinWord && isSpace(this.#delivered.charAt(start - 1)));
    return isWord && repeated.length >= LEAST_WORD && variety >= LEAST_WORD_VARIETY;
  }

  #close(): string {
    this.#isOpen = false;
    const held = this.#held.join('');
    return this.#repeated === 0 ? held : held.slice(this.#space + this.#repeated);
  }
}

function isSpace(character: string): boolean {
  return character.trim() === '';
}
