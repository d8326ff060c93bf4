import { TaskType } from '../types.js';
import { GRAM_BUCKETS, type Grams } from './grams.js';
import { TASK_MODEL } from './task-model-data.js';
import { DIGITS, MORE_DIGITS, type TaskModelData, ZERO_DIGIT } from './task-model-format.js';
import { zeros } from './vector.js';

const TASKS = Object.values(TaskType);
const TASK_COUNT = TASKS.length;
const NO_ODDS = zeros(TASK_COUNT);

/** More do not fit into the places. */
const MOST_GRAMS = 0xffff;

interface TaskModel {
  readonly bias: Float64Array;
  readonly signals: Float64Array;
  /** A bit by bucket, 1 where the model knows it. Most buckets are unknown, and these bits stay in the nearest cache. */
  readonly known: Uint32Array;
  /** Which gram of the model a known bucket is. */
  readonly places: Uint16Array;
  /** By gram, then by task, in steps. */
  readonly grams: Int8Array;
  readonly gramStep: number;
}

/** @throws {RangeError} for data that no model is in. */
export function decodeTaskModel(data: TaskModelData): TaskModel {
  const values = new Int8Array(128).fill(-1);
  for (let digit = 0; digit < DIGITS.length; digit++) values[DIGITS.charCodeAt(digit)] = digit;
  const digitAt = (text: string, at: number): number => values[text.charCodeAt(at)] ?? -1;

  const known = new Uint32Array(GRAM_BUCKETS / 32);
  const places = new Uint16Array(GRAM_BUCKETS);
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
    known[bucket >>> 5] = (known[bucket >>> 5] ?? 0) | (1 << (bucket & 31));
    places[bucket] = gram;
  }
  if (bucket >= GRAM_BUCKETS || gram >= MOST_GRAMS || data.gramWeights.length !== gram * TASK_COUNT) {
    throw new RangeError('The task model is damaged: grams and weights do not match.');
  }
  const grams = new Int8Array(data.gramWeights.length);
  for (let at = 0; at < grams.length; at++) {
    grams[at] = digitAt(data.gramWeights, at) - ZERO_DIGIT;
  }
  return {
    bias: Float64Array.from(data.bias),
    signals: Float64Array.from(data.signals.flat()),
    known,
    places,
    grams,
    gramStep: data.gramStep,
  };
}

let shared: TaskModel | undefined;

/** Decodes the model, so that no decision has to. */
export function prepareTaskModel(): void {
  shared ??= decodeTaskModel(TASK_MODEL);
}

/** Log-odds of each task, in the order of `TaskType`. Linear in signals and grams; the grams as one unit vector. */
export function taskOdds(signals: readonly number[], grams: Grams): number[] {
  shared ??= decodeTaskModel(TASK_MODEL);
  const odds = gramOdds(shared, grams);
  const { bias, signals: rows } = shared;
  for (let task = 0; task < TASK_COUNT; task++) odds[task] = (odds[task] ?? 0) + (bias[task] ?? 0);
  for (let signal = 0; signal < signals.length; signal++) {
    const strength = signals[signal] ?? 0;
    if (strength === 0) continue;
    const start = signal * TASK_COUNT;
    for (let task = 0; task < TASK_COUNT; task++) {
      odds[task] = (odds[task] ?? 0) + strength * (rows[start + task] ?? 0);
    }
  }
  return odds;
}

function gramOdds({ known, places, grams: rows, gramStep }: TaskModel, grams: Grams): number[] {
  const { count, buckets, weights } = grams;
  const odds = NO_ODDS.slice();
  let squares = 0;
  for (let index = 0; index < count; index++) {
    const weight = weights[index] ?? 0;
    squares += weight * weight;
    const bucket = buckets[index] ?? 0;
    if ((((known[bucket >>> 5] ?? 0) >>> (bucket & 31)) & 1) === 0) continue;
    const start = (places[bucket] ?? 0) * TASK_COUNT;
    for (let task = 0; task < TASK_COUNT; task++) {
      odds[task] = (odds[task] ?? 0) + weight * (rows[start + task] ?? 0);
    }
  }
  const scale = gramStep / Math.sqrt(Math.max(1, squares));
  for (let task = 0; task < TASK_COUNT; task++) odds[task] = (odds[task] ?? 0) * scale;
  return odds;
}
