import { GRAM_BUCKETS } from '../../src/router/grams.js';
import { DIGITS, MORE_DIGITS, ZERO_DIGIT } from '../../src/router/task-model-format.js';
import { SIGNALS } from '../../src/router/task-signals.js';
import { TASKS } from './labelled-asks.js';
import type { SoftmaxModel } from './softmax-regression.js';

/** Digits lie from −10 to 10: finer ones classify no better, and take half as much room again. */
const LARGEST_DIGIT = 10;

/** The source of the file that holds a model. */
export function taskModelFile(model: SoftmaxModel): string {
  const count = TASKS.length;
  let largest = 0;
  for (const weight of model.grams) largest = Math.max(largest, Math.abs(weight));
  const step = Math.min(largest, LARGEST_WEIGHT) / LARGEST_DIGIT;
  let buckets = '';
  let weights = '';
  let previous = -1;
  for (let bucket = 0; bucket < GRAM_BUCKETS; bucket++) {
    const row = [...model.grams.subarray(bucket * count, (bucket + 1) * count)];
    const digits = row.map((weight) => {
      const digit = Math.round(weight / step);
      return Math.max(-LARGEST_DIGIT, Math.min(LARGEST_DIGIT, digit));
    });
    if (digits.every((digit) => digit === 0)) continue;
    buckets += gapDigits(bucket - previous);
    weights += digits.map((digit) => DIGITS[digit + ZERO_DIGIT] ?? '').join('');
    previous = bucket;
  }
  const rounded = (values: ArrayLike<number>): string =>
    `[${Array.from(values, (value) => Number(value.toFixed(3))).join(',')}]`;
  const rows = SIGNALS.map((name, signal) => {
    const row = model.signals.subarray(signal * count, (signal + 1) * count);
    return `    ${rounded(row)}, // ${name}\n`;
  });
  return `// Written by eval/train-tasks.ts; do not edit. Trained on eval/asks (written for this project) and on asks of
// FLAN natural-instructions v2, P3/T0 (by self-instruct), BELLE, BiGGen-Bench, arena-hard v2, BIG-Bench-Hard, GSM8K
// (train), MBPP (train), CRUXEval, DebugBench and the Japanese Vicuna questions; THIRD_PARTY_NOTICES.md has licences.
import type { TaskModelData } from './task-model-format.js';

export const TASK_MODEL: TaskModelData = {
  bias: ${rounded(model.bias)},
  signals: [
${rows.join('')}  ],
  gramStep: ${step.toPrecision(6)},
  gramBuckets: '${buckets}',
  gramWeights: '${weights}',
};
`;
}

/** Of a gram's weight; the few beyond are cut off. */
const LARGEST_WEIGHT = 6;

function gapDigits(gap: number): string {
  let text = '';
  let rest = gap;
  while (rest >= MORE_DIGITS) {
    text += DIGITS[(rest & 31) + MORE_DIGITS] ?? '';
    rest >>>= 5;
  }
  return text + (DIGITS[rest] ?? '');
}
