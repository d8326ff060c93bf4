import { CONCEPTS, type Lexicon } from './concepts.js';
import { ENGLISH } from './lexicon-english.js';
import { LATIN } from './lexicon-latin.js';
import { SCRIPTS } from './lexicon-scripts.js';

type ConceptIds = readonly number[];

interface Part {
  readonly text: string;
  readonly concepts: ConceptIds;
}

/** The lexicons, ready to be looked up by one pass over a text. */
export interface LexiconIndex {
  /** Whole words, and pairs of words with a space between them, by their hash: no two share one. */
  readonly words: ReadonlyMap<number, Part>;
  /**
   * What words are told by before they are looked up: `WORD_BIT` at the low bits of the hash of every word and pair,
   * `STEM_BIT` at those of the key of every stem.
   */
  readonly filter: Readonly<Uint8Array>;
  /** Beginnings of words by `stemKey` of their first characters, longest first. */
  readonly stems: ReadonlyMap<number, readonly Part[]>;
  /** Parts of words in scripts without spaces, by first code unit, longest first. */
  readonly parts: ReadonlyMap<number, readonly Part[]>;
}

/** No stem is shorter. */
export const SHORTEST_STEM = 3;

/** The key of a word that begins with these three code units. */
export function stemKey(first: number, second: number, third: number): number {
  return (first * 961 + second * 31 + third) | 0;
}

const FILTER_MASK = 0xffff;
const WORD_BIT = 1;
const STEM_BIT = 2;

/** One step of the hash of a word: 31·h + code, as Java hashes strings. */
export function nextHash(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) | 0;
}

function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = nextHash(hash, text.charCodeAt(at));
  return hash;
}

/** The concepts of the word, or the pair of words, of this hash. */
export function conceptsOf({ filter, words }: LexiconIndex, hash: number): ConceptIds | undefined {
  // Spares most words the look-up.
  if (((filter[hash & FILTER_MASK] ?? 0) & WORD_BIT) === 0) return undefined;
  return words.get(hash)?.concepts;
}

/** The stems of this key, longest first. */
export function stemsOf({ filter, stems }: LexiconIndex, key: number): readonly Part[] | undefined {
  return ((filter[key & FILTER_MASK] ?? 0) & STEM_BIT) === 0 ? undefined : stems.get(key);
}

/** True for scripts whose words are not set apart by spaces, and for Hangul, whose endings are glued on. */
export function isGlued(code: number): boolean {
  return (
    (code >= 0x3040 && code <= 0x30ff) ||
    (code >= 0x3400 && code <= 0x9fff) ||
    (code >= 0xac00 && code <= 0xd7af)
  );
}

/** @throws {RangeError} where an entry cannot be matched: more than two words, or too short a stem. */
export function buildLexicon(lexicons: readonly Lexicon[]): LexiconIndex {
  const entries = collectEntries(lexicons);
  const words = new Map<number, Part>();
  const stems = new Map<number, Part[]>();
  const parts = new Map<number, Part[]>();
  for (const [text, ids] of entries) {
    const concepts = [...ids];
    if (isGlued(text.charCodeAt(0))) {
      file(parts, text.charCodeAt(0), { text, concepts });
    } else if (text.endsWith('*')) {
      file(stems, keyOfStem(text), { text: text.slice(0, -1), concepts });
    } else {
      fileWord(words, { text, concepts });
    }
  }
  return { words, filter: filterOf(words.keys(), stems.keys()), stems, parts };
}

function fileWord(words: Map<number, Part>, word: Part): void {
  const { text } = word;
  if (text.split(' ').length > 2) throw new RangeError(`Lexicon entry "${text}": at most two words.`);
  const hash = hashOf(text);
  const other = words.get(hash);
  if (other !== undefined) throw new RangeError(`Lexicon entry "${text}" has the hash of "${other.text}".`);
  words.set(hash, word);
}

function collectEntries(lexicons: readonly Lexicon[]): ReadonlyMap<string, ReadonlySet<number>> {
  const entries = new Map<string, Set<number>>();
  for (const lexicon of lexicons) {
    for (const [id, concept] of CONCEPTS.entries()) {
      for (const entry of entriesOf(lexicon[concept])) {
        entries.set(entry, (entries.get(entry) ?? new Set()).add(id));
      }
    }
  }
  return entries;
}

/** `xx:` names the language of what follows, for the reader. */
function entriesOf(words = ''): readonly string[] {
  return words
    .split(/\s+/)
    .filter((entry) => entry !== '' && !entry.endsWith(':'))
    .map((entry) => entry.replaceAll('_', ' '));
}

function keyOfStem(entry: string): number {
  if (entry.length <= SHORTEST_STEM) {
    throw new RangeError(`Lexicon entry "${entry}": the stem is too short.`);
  }
  return stemKey(entry.charCodeAt(0), entry.charCodeAt(1), entry.charCodeAt(2));
}

function filterOf(hashes: Iterable<number>, stemKeys: Iterable<number>): Uint8Array {
  const filter = new Uint8Array(FILTER_MASK + 1);
  for (const hash of hashes) filter[hash & FILTER_MASK] = WORD_BIT;
  for (const key of stemKeys) filter[key & FILTER_MASK] = (filter[key & FILTER_MASK] ?? 0) | STEM_BIT;
  return filter;
}

function file<Key>(index: Map<Key, Part[]>, key: Key, part: Part): void {
  const filed = index.get(key) ?? [];
  filed.push(part);
  filed.sort((a, b) => b.text.length - a.text.length);
  index.set(key, filed);
}

let shared: LexiconIndex | undefined;

/** The lexicons of this library, built at the first use. */
export function defaultLexicon(): LexiconIndex {
  shared ??= buildLexicon([ENGLISH, LATIN, SCRIPTS]);
  return shared;
}
