import { CharacterClass, CLASS_OF } from './characters.js';
import { CONCEPTS } from './concepts.js';
import { GramReader } from './gram-reader.js';
import type { Grams } from './grams.js';
import {
  type LexiconIndex,
  SHORTEST_STEM,
  conceptsOf,
  defaultLexicon,
  isGlued,
  nextHash,
  stemKey,
  stemsOf,
} from './lexicon.js';
import { zeros } from './vector.js';

/** What one pass over an ask sees: which concepts are spoken of, and how the text is built. */
export interface AskReading {
  /** Strength by concept, in the order of `CONCEPTS`: occurrences, those amid pasted text counting less. */
  readonly concepts: readonly number[];
  /** Words; in scripts without spaces, characters at two to a word. */
  readonly words: number;
  readonly lines: number;
  /** Question marks after a word. */
  readonly questions: number;
  /** Whether the text ends in a question mark. */
  readonly endsAsking: boolean;
  /** Numbers in digits. */
  readonly numbers: number;
  /** `+ * / ^ = < >`, backslashes, and the mathematical operators of Unicode. */
  readonly operators: number;
  /** Lines that end, or begin, as lines of programs do. */
  readonly codeLines: number;
  /** Fenced blocks. */
  readonly fences: number;
  /** Choices offered as (A) or A), one a line or in line. */
  readonly options: number;
  /** Words, pairs of words and parts of words that stand where an ask is said. */
  readonly grams: Grams;
}

/**
 * An ask stands first or last, pasted text in between: the first words, and the last line or characters,
 * count in full. Where the first line is an instruction on its own, the head ends with it.
 */
const HEAD_WORDS = 70;
const SHORTEST_HEAD_WORDS = 8;
const TAIL_CHARACTERS = 160;
const TAIL_GLUED_CHARACTERS = 50;
const MIDDLE_WEIGHT = 0.15;
/** The word that opens a sentence more often says what is wanted. */
const OPENING_WEIGHT = 1.5;
/** Grams are read off the first words, whatever lines they stand in, off the tail, and where a line begins. */
const GRAM_HEAD_WORDS = 60;
/** How far concepts count that stand in a line of a program, other than the first line. */
const CODE_LINE_WEIGHT = 0.1;

const NO_CONCEPTS = zeros(CONCEPTS.length);

const SPACE = 32;
/** No word before the first: with this one no word makes a pair. */
const BEFORE_ALL = 0x5eed5eed;
const CLOSING_PARENTHESIS = 41;

class AskReader {
  readonly concepts = NO_CONCEPTS.slice();
  words = 0;
  lines = 1;
  questions = 0;
  numbers = 0;
  operators = 0;
  codeLines = 0;
  options = 0;
  /** Hash of the word before and a space: what the next word makes a pair with. */
  private head = BEFORE_ALL;
  private opening = true;
  private lastMark: number = CharacterClass.OTHER;
  private indented = false;
  private inHead = true;
  private readonly tailStart: number;
  readonly grams: GramReader;
  /** Concepts of the line so far, and their weights. */
  private readonly lineConcepts: (readonly number[])[] = [];
  private readonly lineWeights: number[] = [];
  private lineCount = 0;

  private readonly text: string;
  private readonly lexicon: LexiconIndex;

  constructor(text: string, lexicon: LexiconIndex) {
    this.text = text;
    this.lexicon = lexicon;
    this.tailStart = tailStartOf(text);
    this.grams = new GramReader(text);
  }

  get endsAsking(): boolean {
    return this.lastMark === CharacterClass.QUESTION;
  }

  read(): void {
    const { text } = this;
    const { length } = text;
    let at = 0;
    while (at < length) {
      const kind = CLASS_OF[text.charCodeAt(at)] ?? CharacterClass.OTHER;
      if (kind === CharacterClass.WORD) at = this.readWord(at);
      else if (kind === CharacterClass.GLUED) at = this.readGlued(at);
      else if (kind === CharacterClass.DIGIT) at = this.readNumber(at);
      else at = this.readMark(at, kind);
    }
    this.endLine();
  }

  private weightAt(at: number): number {
    if (this.inHead && this.words > HEAD_WORDS) this.inHead = false;
    const near = this.inHead || at >= this.tailStart;
    return (near ? 1 : MIDDLE_WEIGHT) * (this.opening ? OPENING_WEIGHT : 1);
  }

  private readWord(start: number): number {
    const { text, lexicon } = this;
    let end = start;
    let hash = 0;
    let pair = this.head;
    while (end < text.length) {
      const code = text.charCodeAt(end);
      const kind = CLASS_OF[code];
      if (kind !== CharacterClass.WORD && kind !== CharacterClass.DIGIT) break;
      hash = nextHash(hash, code);
      pair = nextHash(pair, code);
      end++;
    }
    this.words++;
    if (end - start === 1 && text.charCodeAt(end) === CLOSING_PARENTHESIS) this.options++;
    const weight = this.weightAt(start);
    this.add(conceptsOf(lexicon, hash), weight);
    this.add(conceptsOf(lexicon, pair), weight);
    this.head = nextHash(hash, SPACE);
    if (end - start >= SHORTEST_STEM) this.lookUpStem(start, end, weight);
    this.grams.addWord(start, end, hash, this.isNear(start));
    this.opening = false;
    this.lastMark = CharacterClass.WORD;
    return end;
  }

  private isNear(at: number): boolean {
    return this.words <= GRAM_HEAD_WORDS || at >= this.tailStart;
  }

  private lookUpStem(start: number, end: number, weight: number): void {
    const { text } = this;
    const key = stemKey(text.charCodeAt(start), text.charCodeAt(start + 1), text.charCodeAt(start + 2));
    for (const stem of stemsOf(this.lexicon, key) ?? NONE) {
      if (stem.text.length > end - start || !text.startsWith(stem.text, start)) continue;
      this.add(stem.concepts, weight);
      return;
    }
  }

  private readGlued(at: number): number {
    const { text } = this;
    this.words += 0.5;
    this.lastMark = CharacterClass.GLUED;
    this.grams.addGlued(at, this.isNear(at));
    for (const part of this.lexicon.parts.get(text.charCodeAt(at)) ?? NONE) {
      if (!text.startsWith(part.text, at)) continue;
      this.add(part.concepts, this.weightAt(at));
      this.opening = false;
      this.words += (part.text.length - 1) / 2;
      for (let next = at + 1; next < at + part.text.length; next++)
        this.grams.addGlued(next, this.isNear(next));
      return at + part.text.length;
    }
    return at + 1;
  }

  private readNumber(start: number): number {
    const { text } = this;
    let end = start + 1;
    while (end < text.length && CLASS_OF[text.charCodeAt(end)] === CharacterClass.DIGIT) end++;
    this.numbers += this.weightAt(start);
    this.grams.addNumber(this.isNear(start));
    this.lastMark = CharacterClass.DIGIT;
    this.opening = false;
    return end;
  }

  private readMark(at: number, kind: number): number {
    if (kind === CharacterClass.NEWLINE) {
      this.endLine();
      this.lines++;
      if (this.words >= SHORTEST_HEAD_WORDS) this.inHead = false;
      this.opening = true;
      this.indented = this.text.startsWith('    ', at + 1) || this.text.startsWith('\t', at + 1);
      return at + 1;
    }
    if (kind === CharacterClass.OPERATOR) this.operators++;
    else if (kind === CharacterClass.END) {
      this.opening = true;
      this.grams.endSentence();
    } else if (kind === CharacterClass.QUESTION) {
      this.opening = true;
      this.grams.endSentence();
      if (this.lastMark !== CharacterClass.QUESTION) this.questions++;
    }
    if (kind !== CharacterClass.OTHER) this.lastMark = kind;
    return at + 1;
  }

  /** A line of a program ends in `{`, `}` or `;`, or is indented and ends in a colon or holds an assignment. */
  private endLine(): void {
    const isCode =
      this.lastMark === CharacterClass.CODE || (this.indented && this.lastMark !== CharacterClass.NEWLINE);
    if (isCode) this.codeLines++;
    const isMaterial = isCode && this.lines > 1;
    this.grams.endLine(isMaterial);
    this.countConcepts(isMaterial ? CODE_LINE_WEIGHT : 1);
    if (this.lastMark !== CharacterClass.QUESTION) this.lastMark = CharacterClass.NEWLINE;
  }

  private add(concepts: readonly number[] | undefined, weight: number): void {
    if (concepts === undefined) return;
    this.lineConcepts[this.lineCount] = concepts;
    this.lineWeights[this.lineCount++] = weight;
  }

  /** What the line spoke of counts once it is known what kind of line it is. */
  private countConcepts(share: number): void {
    const { concepts, lineConcepts, lineWeights } = this;
    for (let index = 0; index < this.lineCount; index++) {
      const weight = share * (lineWeights[index] ?? 0);
      for (const concept of lineConcepts[index] ?? NONE)
        concepts[concept] = (concepts[concept] ?? 0) + weight;
    }
    this.lineCount = 0;
  }
}

function tailStartOf(text: string): number {
  const tail = isGlued(text.charCodeAt(text.length - 2)) ? TAIL_GLUED_CHARACTERS : TAIL_CHARACTERS;
  const lastLine = text.lastIndexOf('\n', text.length - 2);
  return Math.max(text.length - 2 * tail, Math.min(lastLine, text.length - tail));
}

const NONE: readonly never[] = [];

/** Reads an ask in one linear pass. */
export function readAsk(ask: string, lexicon: LexiconIndex = defaultLexicon()): AskReading {
  const reader = new AskReader(lowerCase(ask), lexicon);
  reader.read();
  const { concepts, words, lines, questions, endsAsking, numbers, operators, codeLines, options } = reader;
  return {
    concepts,
    words,
    lines,
    questions,
    endsAsking,
    numbers,
    operators,
    codeLines,
    fences: countFences(ask),
    options,
    grams: reader.grams.grams(),
  };
}

/** Turkish İ becomes an i with a dot of its own, which no lexicon spells. */
function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  return lower.includes('\u0307') ? lower.replaceAll('\u0307', '') : lower;
}

function countFences(ask: string): number {
  let fences = 0;
  for (let at = ask.indexOf('```'); at !== -1; at = ask.indexOf('```', at + 3)) fences += 0.5;
  return Math.ceil(fences);
}
