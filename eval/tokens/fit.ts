import { KIND_OF, TO_SMALL } from '../../src/catalog/character-kinds.js';
import { FEATURES_OF, NEXT_ROW, PAIR_BITS, pairOf, RULE_FEATURES } from '../../src/catalog/token-rules.js';
import type { TokenSample } from './samples.js';

const WEIGHTS = RULE_FEATURES + 2 ** PAIR_BITS;

/** How loud each text is as a whole, beside its single characters: it ties the error of a language down. */
const OF_TEXT = 3e4;
const OF_CHARACTERS = 1000;
/** Of every weight, so that what is rarely met stays near zero. */
const PENALTY = 10;
const ROUNDS = 400;

/** Rows of a least-squares problem: features of each, its weight in the sum, what it should be. */
interface Rows {
  readonly start: Int32Array;
  readonly feature: Int32Array;
  readonly times: Float64Array;
  readonly loudness: Float64Array;
  readonly target: Float64Array;
}

function rowsOf(samples: readonly (readonly [TokenSample, number])[]): Rows {
  const start = [0];
  const feature: number[] = [];
  const times: number[] = [];
  const loudness: number[] = [];
  const target: number[] = [];
  for (const [sample, loud] of samples) {
    const whole = new Map<number, number>();
    walkText(sample.text, (cell, pair, index) => {
      for (const one of [...(FEATURES_OF[cell] ?? []), RULE_FEATURES + pair]) {
        feature.push(one);
        times.push(1);
        whole.set(one, (whole.get(one) ?? 0) + 1);
      }
      start.push(feature.length);
      loudness.push((loud * OF_CHARACTERS) / sample.tokens);
      target.push(sample.begins[index] ?? 0);
    });
    for (const [one, count] of whole) {
      feature.push(one);
      times.push(count / sample.tokens);
    }
    start.push(feature.length);
    loudness.push(loud * OF_TEXT);
    target.push(1);
  }
  return {
    start: Int32Array.from(start),
    feature: Int32Array.from(feature),
    times: Float64Array.from(times),
    loudness: Float64Array.from(loudness),
    target: Float64Array.from(target),
  };
}

/** Adds Aᵀ·L·(A·weights − share·target) to `into`. */
function addGradient(rows: Rows, weights: Float64Array, share: number, into: Float64Array): void {
  const { start, feature, times, loudness, target } = rows;
  for (let row = 0; row < target.length; row++) {
    const from = start[row]!;
    const to = start[row + 1]!;
    let sum = -share * target[row]!;
    for (let at = from; at < to; at++) sum += times[at]! * weights[feature[at]!]!;
    sum *= loudness[row]!;
    for (let at = from; at < to; at++) into[feature[at]!]! += times[at]! * sum;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}

/** The diagonal of the normal equations, by which conjugate gradients are preconditioned. */
function diagonalOf({ start, feature, times, loudness }: Rows): Float64Array {
  const diagonal = new Float64Array(WEIGHTS).fill(PENALTY);
  for (let row = 0; row < loudness.length; row++) {
    for (let at = start[row]!; at < start[row + 1]!; at++) {
      diagonal[feature[at]!]! += loudness[row]! * times[at]! ** 2;
    }
  }
  return diagonal;
}

/** Weights of the features of the rules, then of the pairs: ridge regression by conjugate gradients. */
export function fitWeights(samples: readonly (readonly [TokenSample, number])[]): Float64Array {
  const rows = rowsOf(samples);
  const diagonal = diagonalOf(rows);
  const weights = new Float64Array(WEIGHTS);
  const residual = new Float64Array(WEIGHTS);
  addGradient(rows, weights, -1, residual);
  let scaled = residual.map((value, index) => value / diagonal[index]!);
  const direction = scaled.slice();
  let size = dot(residual, scaled);
  for (let round = 0; round < ROUNDS && size > 1e-6; round++) {
    const product = direction.map((value) => value * PENALTY);
    addGradient(rows, direction, 0, product);
    const step = size / dot(direction, product);
    for (let index = 0; index < WEIGHTS; index++) {
      weights[index]! += step * direction[index]!;
      residual[index]! -= step * product[index]!;
    }
    scaled = residual.map((value, index) => value / diagonal[index]!);
    const sizeAfter = dot(residual, scaled);
    for (let index = 0; index < WEIGHTS; index++) {
      direction[index] = scaled[index]! + (sizeAfter / size) * direction[index]!;
    }
    size = sizeAfter;
  }
  return weights;
}

/** What a walk over a text meets at a character: a cell of the automaton, and a pair of neighbours. */
type Visit = (cell: number, pair: number, index: number) => void;

/** Walks a text as the estimate does. */
function walkText(text: string, visit: Visit): void {
  let row = 0;
  let before = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const kind = KIND_OF[code] ?? 0;
    const cell = row + kind;
    const folded = code + (TO_SMALL[kind] ?? 0);
    visit(cell, pairOf(before, folded), index);
    row = NEXT_ROW[cell] ?? 0;
    before = folded;
  }
}
