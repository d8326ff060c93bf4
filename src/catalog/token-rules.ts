import { DIGIT, KINDS, LAST_LETTER, LOWER, PUNCTUATION, SPACE, UPPER } from './character-kinds.js';

/** What the text before a character is, as far as the count depends on it. */
interface State {
  /** Of the last character, or −1 at the start. */
  readonly kind: number;
  /** How many characters of a word or of a kind end here. */
  readonly run: number;
  /** Short changes of case and between letters and digits: encoded data has many, names have few. */
  readonly switches: number;
}

/** Rows of the table are 32 wide, so that a row and a kind make an index by one addition. */
const ROW = 32;

const LONGEST_WORD = 12;
const LONGEST_PUNCTUATION = 4;
const MOST_SWITCHES = 3;
const SHORT_RUN = 2;

const isLetter = (kind: number): boolean => kind >= 0 && kind <= LAST_LETTER;
const isEncoded = (kind: number): boolean => kind === LOWER || kind === UPPER || kind === DIGIT;

/** A capital after a small letter begins a word of its own, as in camelCase. */
function continues(previous: number, kind: number): boolean {
  if (kind > LAST_LETTER) return previous === kind;
  return isLetter(previous) && !(kind === UPPER && previous === LOWER);
}

/** Lengths that add the same from here on are one. Of spaces so many columns make one token. */
function sameRun(kind: number, run: number): number {
  if (kind <= LAST_LETTER) return Math.min(run, LONGEST_WORD);
  if (kind === DIGIT) return ((run - 1) % 3) + 1;
  if (kind === SPACE) return ((run - 1) & 63) + 1;
  return Math.min(run, LONGEST_PUNCTUATION);
}

function stateAfter({ kind: previous, run: length, switches }: State, kind: number): State {
  const going = continues(previous, kind);
  const run = sameRun(kind, going ? length + 1 : 1);
  if (!isEncoded(kind) || !isEncoded(previous)) return { kind, run, switches: 0 };
  if (!going && length <= SHORT_RUN) return { kind, run, switches: Math.min(switches + 1, MOST_SWITCHES) };
  return { kind, run, switches: run > 2 * SHORT_RUN && switches < MOST_SWITCHES ? 0 : switches };
}

/** The first features are the pairs of neighbouring kinds, the start being a kind of its own. */
const WORD_FEATURES = (KINDS + 1) * KINDS;
const DIGIT_FEATURES = WORD_FEATURES + (LAST_LETTER + 1) * LONGEST_WORD;
const SPACE_FEATURES = DIGIT_FEATURES + 3;
const PUNCTUATION_FEATURES = SPACE_FEATURES + 3;
const ENCODED_FEATURES = PUNCTUATION_FEATURES + LONGEST_PUNCTUATION;
/** How many weights the rules have. */
export const RULE_FEATURES = ENCODED_FEATURES + (LAST_LETTER + 2) ** 2;

/** The weights that a character adds, by number, coming after a state. */
function featuresOf(before: State, after: State): readonly number[] {
  const { kind, run } = after;
  if (after.switches === MOST_SWITCHES && before.switches === MOST_SWITCHES) {
    return [ENCODED_FEATURES + before.kind * (LAST_LETTER + 2) + kind];
  }
  const pair = (before.kind + 1) * KINDS + kind;
  if (kind <= LAST_LETTER) return [pair, WORD_FEATURES + kind * LONGEST_WORD + run - 1];
  if (kind === DIGIT) return [pair, DIGIT_FEATURES + run - 1];
  if (kind === SPACE) return [pair, SPACE_FEATURES + Math.min(run, 3) - 1];
  if (kind === PUNCTUATION) return [pair, PUNCTUATION_FEATURES + run - 1];
  return [pair];
}

/**
 * The rules as a finite automaton, so that each character costs two look-ups, whatever the text: state that ends
 * here × kind of the next character → features it has, and next state.
 */
function makeAutomaton(): { readonly features: readonly (readonly number[])[]; readonly next: Uint16Array } {
  const rowOf = new Map<string, number>([['start', 0]]);
  const features: (readonly number[])[] = [];
  const next: number[] = [];
  const open: State[] = [{ kind: -1, run: 0, switches: 0 }];
  // What a row finds goes behind it, until no row finds a new one.
  for (const before of open) {
    for (let kind = 0; kind < ROW; kind++) {
      const after = stateAfter(before, Math.min(kind, KINDS - 1));
      const name = `${after.kind} ${after.run} ${after.switches}`;
      if (!rowOf.has(name)) {
        rowOf.set(name, open.length);
        open.push(after);
      }
      features.push(featuresOf(before, after));
      next.push((rowOf.get(name) ?? 0) * ROW);
    }
  }
  return { features, next: Uint16Array.from(next) };
}

/** By cell, a row plus a kind: the features of a character, and the row after it. */
export const { features: FEATURES_OF, next: NEXT_ROW } = makeAutomaton();

/** Neighbouring characters share so many weights, by a hash of both, capitals as small letters. */
export const PAIR_BITS = 12;

/** The weight that two neighbouring characters have: a multiplicative hash, of which the 12 high bits count. */
export function pairOf(before: number, code: number): number {
  return (Math.imul(before, 0x9e3779b1) + Math.imul(code, 0x85ebca6b)) >>> 20;
}
