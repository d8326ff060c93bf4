import { TaskType } from '../types.js';
import { GRAM_BUCKETS, type Grams } from './grams.js';
import { TASK_MODEL } from './task-model-data.js';
import { DIGITS, MORE_DIGITS, type TaskModelData, ZERO_DIGIT } from './task-model-format.js';

const TASKS = Object.values(TaskType);
const TASK_COUNT = TASKS.length;

interface TaskModel {
  readonly bias: Float64Array;
  readonly signals: Float64Array;
  /** Where a bucket's weights begin in `grams`, plus 1; 0 where the model does not know it. */
  readonly places: Int32Array;
  readonly grams: Float32Array;
}

/** @throws {RangeError} for data that no model is in. */
export function decodeTaskModel(data: TaskModelData): TaskModel {
  const values = new Int8Array(128).fill(-1);
  for (let digit = 0; digit < DIGITS.length; digit++) values[DIGITS.charCodeAt(digit)] = digit;
  const digitAt = (text: string, at: number): number => values[text.charCodeAt(at)] ?? -1;

  const places = new Int32Array(GRAM_BUCKETS);
  let bucket = -1;
  let gram = 0;
  for (let at = 0; at < data.gramBuckets.length; gram++) {
    let gap = 0;
    let digit = MORE_DIGITS;
    for (let shift = 0; digit >= MORE_DIGITS; shift += 5) {
      digit = digitAt(data.gramBuckets, at++);
      gap += (digit & 31) << shift;
    }
    bucket += gap;
    places[bucket] = gram * TASK_COUNT + 1;
  }
  if (bucket >= GRAM_BUCKETS || data.gramWeights.length !== gram * TASK_COUNT) {
    throw new RangeError('The task model is damaged: grams and weights do not match.');
  }
  const grams = new Float32Array(data.gramWeights.length);
  for (let at = 0; at < grams.length; at++) {
    grams[at] = (digitAt(data.gramWeights, at) - ZERO_DIGIT) * data.gramStep;
  }
  return {
    bias: Float64Array.from(data.bias),
    signals: Float64Array.from(data.signals.flat()),
    places,
    grams,
  };
}

let shared: TaskModel | undefined;

/** Log-odds of each task, in the order of `TaskType`. Linear in signals and grams; the grams as one unit vector. */
export function taskOdds(signals: Float64Array, grams: Grams): Float64Array {
  shared ??= decodeTaskModel(TASK_MODEL);
  const odds = new Float64Array(shared.bias);
  for (let signal = 0; signal < signals.length; signal++) {
    const strength = signals[signal] ?? 0;
    if (strength === 0) continue;
    addRow(odds, shared.signals, signal * TASK_COUNT, strength);
  }
  let squares = 0;
  for (let index = 0; index < grams.count; index++) squares += (grams.weights[index] ?? 0) ** 2;
  const scale = 1 / Math.sqrt(Math.max(1, squares));
  for (let index = 0; index < grams.count; index++) {
    const place = shared.places[grams.buckets[index] ?? 0] ?? 0;
    if (place > 0) addRow(odds, shared.grams, place - 1, scale * (grams.weights[index] ?? 0));
  }
  return odds;
}

function addRow(odds: Float64Array, rows: ArrayLike<number>, start: number, factor: number): void {
  for (let task = 0; task < TASK_COUNT; task++) {
    odds[task] = (odds[task] ?? 0) + factor * (rows[start + task] ?? 0);
  }
}
