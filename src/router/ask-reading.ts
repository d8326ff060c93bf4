import { CharacterClass, CLASS_OF } from './characters.js';
import { CONCEPTS } from './concepts.js';
import { GramCollector, GramKind, type Grams } from './grams.js';
import {
  type LexiconIndex,
  SHORTEST_STEM,
  defaultLexicon,
  isGlued,
  mayHold,
  nextHash,
  stemKey,
} from './lexicon.js';

/** What one pass over an ask sees: which concepts are spoken of, and how the text is built. */
export interface AskReading {
  /** Strength by concept, in the order of `CONCEPTS`: occurrences, those amid pasted text counting less. */
  readonly concepts: Float64Array;
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
/** How far concepts count that stand in a line of a program, other than the first line. */
const CODE_LINE_WEIGHT = 0.1;

/** Grams are read off the first words, whatever lines they stand in, off the tail, and where a line begins. */
const GRAM_HEAD_WORDS = 60;
const LINE_GRAM_WEIGHT = 0.5;
const STEM_GRAM_WEIGHT = 0.7;
/** A word longer than `LONGER_THAN` gives its first `STEM_LENGTH` letters as a gram: endings vary. */
const STEM_LENGTH = 4;
const LONGER_THAN = 5;
const NUMBER_HASH = 0x23;
/** What stands before the first word of a text, of a line and of a sentence. */
const BEFORE = { text: 0x5e, line: 0x0a, sentence: 0x2e, glued: 0x78 } as const;

const CLOSING_PARENTHESIS = 41;

class AskReader {
  readonly concepts = new Float64Array(CONCEPTS.length);
  words = 0;
  lines = 1;
  questions = 0;
  numbers = 0;
  operators = 0;
  codeLines = 0;
  options = 0;
  /** The word before, where it can begin a pair. */
  private head = '';
  private opening = true;
  private lastMark: number = CharacterClass.OTHER;
  private indented = false;
  private inHead = true;
  private readonly tailStart: number;
  readonly grams = new GramCollector();
  /** Hash of the word before; of what stands before it, where there is none. */
  private previous: number = BEFORE.text;
  private lineGrams = 0;
  /** Concepts of the line so far, and their weights. */
  private readonly lineConcepts: (readonly number[])[] = [];
  private readonly lineWeights: number[] = [];

  constructor(
    private readonly text: string,
    private readonly lexicon: LexiconIndex,
  ) {
    this.tailStart = tailStartOf(text);
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
    while (end < text.length) {
      const code = text.charCodeAt(end);
      const kind = CLASS_OF[code];
      if (kind !== CharacterClass.WORD && kind !== CharacterClass.DIGIT) break;
      hash = nextHash(hash, code);
      end++;
    }
    this.words++;
    if (end - start === 1 && text.charCodeAt(end) === CLOSING_PARENTHESIS) this.options++;
    const weight = this.weightAt(start);
    const head = this.head;
    const word = mayHold(lexicon, hash) || head !== '' ? text.slice(start, end) : '';
    if (word !== '') this.lookUp(word, head, weight);
    else this.head = '';
    if (end - start >= SHORTEST_STEM) this.lookUpStem(start, end, weight);
    this.addWordGrams(start, end, hash);
    this.opening = false;
    this.lastMark = CharacterClass.WORD;
    return end;
  }

  private isNear(at: number): boolean {
    return this.words <= GRAM_HEAD_WORDS || at >= this.tailStart;
  }

  private addWordGrams(start: number, end: number, hash: number): void {
    const { grams, previous, text } = this;
    if (previous === BEFORE.line) grams.add(GramKind.LINE, hash, LINE_GRAM_WEIGHT);
    if (this.isNear(start)) {
      grams.add(GramKind.WORD, hash, 1);
      grams.add(GramKind.PAIR, Math.imul(previous, 0x01000193) ^ hash, 1);
      if (previous === BEFORE.text) grams.add(GramKind.OPENING, hash, 1);
      if (end - start > LONGER_THAN) {
        let stem = 0;
        for (let at = start; at < start + STEM_LENGTH; at++) stem = nextHash(stem, text.charCodeAt(at));
        grams.add(GramKind.STEM, stem, STEM_GRAM_WEIGHT);
      }
    }
    this.previous = hash;
  }

  private addGluedGrams(at: number): void {
    const { grams, previous, text } = this;
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    if (isGlued(second) && this.isNear(at)) {
      const two = nextHash(nextHash(0, first), second);
      grams.add(GramKind.GLUED, two, 1);
      if (previous === BEFORE.text || previous === BEFORE.line) grams.add(GramKind.OPENING, two, 1);
      const third = text.charCodeAt(at + 2);
      grams.add(GramKind.GLUED, nextHash(two, isGlued(third) ? third : BEFORE.glued), 1);
    }
    this.previous = BEFORE.glued;
  }

  private lookUp(word: string, head: string, weight: number): void {
    const { words, heads } = this.lexicon;
    this.add(words.get(word), weight);
    if (head !== '') this.add(words.get(`${head} ${word}`), weight);
    this.head = heads.has(word) ? word : '';
  }

  private lookUpStem(start: number, end: number, weight: number): void {
    const { text } = this;
    const key = stemKey(text.charCodeAt(start), text.charCodeAt(start + 1), text.charCodeAt(start + 2));
    for (const stem of this.lexicon.stems.get(key) ?? NONE) {
      if (stem.text.length > end - start || !text.startsWith(stem.text, start)) continue;
      this.add(stem.concepts, weight);
      return;
    }
  }

  private readGlued(at: number): number {
    const { text } = this;
    this.words += 0.5;
    this.lastMark = CharacterClass.GLUED;
    this.addGluedGrams(at);
    for (const part of this.lexicon.parts.get(text.charCodeAt(at)) ?? NONE) {
      if (!text.startsWith(part.text, at)) continue;
      this.add(part.concepts, this.weightAt(at));
      this.opening = false;
      this.words += (part.text.length - 1) / 2;
      for (let next = at + 1; next < at + part.text.length; next++) this.addGluedGrams(next);
      return at + part.text.length;
    }
    return at + 1;
  }

  private readNumber(start: number): number {
    const { text } = this;
    let end = start + 1;
    while (end < text.length && CLASS_OF[text.charCodeAt(end)] === CharacterClass.DIGIT) end++;
    this.numbers += this.weightAt(start);
    if (this.isNear(start)) {
      this.grams.add(GramKind.WORD, NUMBER_HASH, 1);
      this.grams.add(GramKind.PAIR, Math.imul(this.previous, 0x01000193) ^ NUMBER_HASH, 1);
    }
    this.previous = NUMBER_HASH;
    this.lastMark = CharacterClass.DIGIT;
    this.opening = false;
    return end;
  }

  private readMark(at: number, kind: number): number {
    if (kind === CharacterClass.NEWLINE) {
      this.endLine();
      this.lines++;
      this.previous = BEFORE.line;
      if (this.words >= SHORTEST_HEAD_WORDS) this.inHead = false;
      this.opening = true;
      this.indented = this.text.startsWith('    ', at + 1) || this.text.startsWith('\t', at + 1);
      return at + 1;
    }
    if (kind === CharacterClass.OPERATOR) this.operators++;
    else if (kind === CharacterClass.END) {
      this.opening = true;
      this.previous = BEFORE.sentence;
    } else if (kind === CharacterClass.QUESTION) {
      this.opening = true;
      this.previous = BEFORE.sentence;
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
    if (isMaterial) this.grams.rewind(this.lineGrams);
    this.lineGrams = this.grams.count;
    this.countConcepts(isMaterial ? CODE_LINE_WEIGHT : 1);
    if (this.lastMark !== CharacterClass.QUESTION) this.lastMark = CharacterClass.NEWLINE;
  }

  private add(concepts: readonly number[] | undefined, weight: number): void {
    if (concepts === undefined) return;
    this.lineConcepts.push(concepts);
    this.lineWeights.push(weight);
  }

  /** What the line spoke of counts once it is known what kind of line it is. */
  private countConcepts(share: number): void {
    const { concepts, lineConcepts, lineWeights } = this;
    for (let index = 0; index < lineConcepts.length; index++) {
      const weight = share * (lineWeights[index] ?? 0);
      for (const concept of lineConcepts[index] ?? NONE)
        concepts[concept] = (concepts[concept] ?? 0) + weight;
    }
    lineConcepts.length = 0;
    lineWeights.length = 0;
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
  const { concepts, words, lines, questions, endsAsking, numbers, operators, codeLines, options, grams } =
    reader;
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
    grams,
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
