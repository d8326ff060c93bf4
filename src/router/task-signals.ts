import type { AskReading } from './ask-reading.js';
import { CONCEPTS } from './concepts.js';

/** What is said of the text's build rather than by its words, each 0..1. */
const STRUCTURES = ['program', 'operators', 'numbers', 'options', 'asking', 'brief', 'long'] as const;

export const SIGNALS = [...CONCEPTS, ...STRUCTURES] as const;
export type Signal = (typeof SIGNALS)[number];

/** Where each signal stands in a vector of them. */
export const SIGNAL_INDEX: ReadonlyMap<Signal, number> = new Map(
  SIGNALS.map((signal, index) => [signal, index]),
);

const FULL_PROGRAM_LINES = 5;
const FULL_OPTIONS = 3;
const FULL_NUMBERS = 4;
const BRIEF_WORDS = 14;
const LONG_WORDS = 120;

/** The reading as one vector: concepts saturate (once 1, twice 1.33, never 2), structures lie in 0..1. */
export function signalsOf(reading: AskReading): Float64Array {
  const signals = new Float64Array(SIGNALS.length);
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
  signals.set(structures, CONCEPTS.length);
  return signals;
}
