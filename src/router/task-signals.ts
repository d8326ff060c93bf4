import type { AskReading } from './ask-reading.js';
import { CONCEPTS } from './concepts.js';
import { zeros } from './vector.js';

/** What is said of the text's build rather than by its words, each 0..1. */
const STRUCTURES = ['program', 'operators', 'numbers', 'options', 'asking', 'brief', 'long'] as const;

const SINGLE_SIGNALS = [...CONCEPTS, ...STRUCTURES] as const;
type SingleSignal = (typeof SINGLE_SIGNALS)[number];

/** What tells more together than each alone: what is done, and to what. */
const PAIRS = [
  ['make', 'code'],
  ['make', 'fiction'],
  ['make', 'prose'],
  ['make', 'digest'],
  ['make', 'plan'],
  ['fix', 'program'],
  ['fix', 'code'],
  ['error', 'program'],
  ['error', 'code'],
  ['rewrite', 'program'],
  ['explain', 'program'],
  ['explain', 'code'],
  ['ask', 'program'],
  ['explain', 'ask'],
  ['translate', 'language'],
  ['count', 'numbers'],
  ['numbers', 'quantity'],
  ['calculate', 'mathematics'],
  ['calculate', 'numbers'],
  ['operators', 'numbers'],
  ['classify', 'label'],
  ['extract', 'item'],
  ['extract', 'passage'],
  ['ask', 'passage'],
  ['reason', 'options'],
  ['reason', 'logic'],
] as const satisfies readonly (readonly [SingleSignal, SingleSignal])[];

const PAIR_PLACES = PAIRS.map(([first, second]) => ({
  first: SINGLE_SIGNALS.indexOf(first),
  second: SINGLE_SIGNALS.indexOf(second),
}));

/** Names of all signals, in the order of the vector of `signalsOf`. */
export const SIGNALS: readonly string[] = [
  ...SINGLE_SIGNALS,
  ...PAIRS.map(([first, second]) => `${first}+${second}`),
];

const NO_SIGNALS = zeros(SIGNALS.length);

const FULL_PROGRAM_LINES = 5;
const FULL_OPTIONS = 3;
const FULL_NUMBERS = 4;
const BRIEF_WORDS = 14;
const LONG_WORDS = 120;

/** The reading as one vector: concepts saturate (once 1, twice 1.33, never 2), structures lie in 0..1, pairs are the lesser of two. */
export function signalsOf(reading: AskReading): readonly number[] {
  const signals = NO_SIGNALS.slice();
  for (let index = 0; index < CONCEPTS.length; index++) {
    const strength = reading.concepts[index] ?? 0;
    signals[index] = (2 * strength) / (1 + strength);
  }
  const fenced = reading.fences > 0 ? 0.5 : 0;
  const words = Math.max(1, reading.words);
  const structures = [
    Math.max(fenced, Math.min(1, reading.codeLines / FULL_PROGRAM_LINES)),
    Math.min(1, (3 * reading.operators) / words),
    Math.min(1, reading.numbers / FULL_NUMBERS),
    Math.min(1, reading.options / FULL_OPTIONS),
    reading.endsAsking ? 1 : 0,
    words <= BRIEF_WORDS ? 1 : 0,
    words >= LONG_WORDS ? 1 : 0,
  ];
  for (const [index, strength] of structures.entries()) signals[CONCEPTS.length + index] = strength;
  for (const [index, { first, second }] of PAIR_PLACES.entries()) {
    signals[SINGLE_SIGNALS.length + index] = Math.min(signals[first] ?? 0, signals[second] ?? 0);
  }
  return signals;
}
