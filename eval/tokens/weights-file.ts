import { PAIR_BITS, RULE_FEATURES } from '../../src/catalog/token-rules.js';
import { PAIR_STEP, PAIR_ZERO } from '../../src/catalog/token-weights.js';

/** Digits are the characters from # to [: none of them needs an escape between double quotes. */
const LARGEST_DIGIT = 28;

/** The weights as the library holds them, rounded. */
export interface StoredWeights {
  readonly rules: readonly number[];
  readonly pairs: string;
}

export function storedWeights(weights: Float64Array): StoredWeights {
  const digits = weights.subarray(RULE_FEATURES, RULE_FEATURES + 2 ** PAIR_BITS);
  return {
    rules: Array.from(weights.subarray(0, RULE_FEATURES), (weight) => Number(weight.toFixed(3)) || 0),
    pairs: Array.from(digits, (weight) => {
      const digit = Math.max(-LARGEST_DIGIT, Math.min(LARGEST_DIGIT, Math.round(weight / PAIR_STEP)));
      return String.fromCharCode(PAIR_ZERO + digit);
    }).join(''),
  };
}

/** The source of the file that holds them. */
export function weightsFile({ rules, pairs }: StoredWeights): string {
  return `// Written by eval/tokens.ts; do not edit. Fitted to the o200k tokens of paragraphs of XQuAD in 12 languages (CC BY-SA 4.0),
// HumanEval-X in six programming languages, arena-hard v2 (Apache-2.0) and GSM8K (MIT), of the messages of the
// TypeScript compiler (Apache-2.0), of eval/asks, and of encoded bytes, JSON, numbers and emoji made from a seed.

/** By feature of the rules, tokens. */
export const RULE_WEIGHTS: readonly number[] = [${rules.join(',')}];

/** Steps of the digits below, and the code of the digit of none. */
export const PAIR_STEP = ${PAIR_STEP};
export const PAIR_ZERO = ${PAIR_ZERO};

/** By hash of two neighbouring characters, tokens: a digit each. */
export const PAIR_WEIGHTS =
  "${pairs}";
`;
}
