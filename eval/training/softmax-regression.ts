import { GRAM_BUCKETS } from '../../src/router/grams.js';
import { SIGNALS } from '../../src/router/task-signals.js';
import { type LabelledAsk, TASKS } from './labelled-asks.js';
import { TASK_BIAS, TASK_PAIRS, TASK_WEIGHTS } from './task-prior.js';

const TASK_COUNT = TASKS.length;

export interface SoftmaxModel {
  readonly bias: Float64Array;
  /** By signal, then by task. */
  readonly signals: Float64Array;
  /** By bucket, then by task. */
  readonly grams: Float32Array;
}

export interface TrainingSettings {
  /** What the weights set by hand begin with. */
  readonly priorScale: number;
  readonly epochs: number;
  readonly learningRate: number;
  /** Pull towards 0 of a gram's weights, towards the prior of a signal's. */
  readonly gramPenalty: number;
  readonly signalPenalty: number;
  /** How much of the target the labels have that a reader would also allow, and all labels alike. */
  readonly acceptShare: number;
  readonly smoothing: number;
  /** Grams in fewer asks are passed over. */
  readonly leastAsks: number;
  readonly weightOf: (ask: LabelledAsk) => number;
}

/** The weights set by hand, before anything was fitted. */
function priorModel(scale: number): SoftmaxModel {
  const signals = new Float64Array(SIGNALS.length * TASK_COUNT);
  for (const [task, name] of TASKS.entries()) {
    for (const [signal, weight] of Object.entries(TASK_WEIGHTS[name])) {
      signals[SIGNALS.indexOf(signal) * TASK_COUNT + task] = scale * weight;
    }
  }
  for (const [first, second, task, weight] of TASK_PAIRS) {
    const place = SIGNALS.indexOf(`${first}+${second}`) * TASK_COUNT + TASKS.indexOf(task);
    signals[place] = (signals[place] ?? 0) + scale * weight;
  }
  return {
    bias: Float64Array.from(TASKS, (task) => scale * TASK_BIAS[task]),
    signals,
    grams: new Float32Array(GRAM_BUCKETS * TASK_COUNT),
  };
}

/** Multinomial logistic regression by AdaGrad (Duchi, Hazan, Singer 2011); the same asks give the same model. */
export function trainSoftmax(asks: readonly LabelledAsk[], settings: TrainingSettings): SoftmaxModel {
  const prior = priorModel(settings.priorScale);
  const model: SoftmaxModel = {
    bias: prior.bias.slice(),
    signals: prior.signals.slice(),
    grams: prior.grams,
  };
  const seen = {
    bias: new Float64Array(TASK_COUNT).fill(0.01),
    signals: new Float64Array(model.signals.length).fill(0.01),
    grams: new Float32Array(model.grams.length).fill(0.01),
  };
  const known = countBuckets(asks);
  const { learningRate: rate, leastAsks } = settings;
  const gramPull = settings.gramPenalty / asks.length;
  const signalPull = settings.signalPenalty / asks.length;
  const targets = asks.map((ask) => targetOf(ask, settings));
  const step = (
    values: Float64Array | Float32Array,
    sums: Float64Array | Float32Array,
    at: number,
    slope: number,
  ): void => {
    const sum = (sums[at] ?? 0) + slope * slope;
    sums[at] = sum;
    values[at] = (values[at] ?? 0) - (rate * slope) / Math.sqrt(sum);
  };
  const shares = new Float64Array(TASK_COUNT);
  for (const order of epochs(asks.length, settings.epochs)) {
    for (const index of order) {
      const ask = asks[index];
      if (ask === undefined) continue;
      sharesOf(model, ask, shares);
      const weight = settings.weightOf(ask);
      for (let task = 0; task < TASK_COUNT; task++) {
        const error = weight * ((shares[task] ?? 0) - (targets[index]?.[task] ?? 0));
        step(model.bias, seen.bias, task, error);
        for (let signal = 0; signal < ask.signals.length; signal++) {
          const strength = ask.signals[signal] ?? 0;
          if (strength === 0) continue;
          const at = signal * TASK_COUNT + task;
          const away = (model.signals[at] ?? 0) - (prior.signals[at] ?? 0);
          step(model.signals, seen.signals, at, error * strength + signalPull * away);
        }
        for (let gram = 0; gram < ask.buckets.length; gram++) {
          const bucket = ask.buckets[gram] ?? 0;
          if ((known[bucket] ?? 0) < leastAsks) continue;
          const at = bucket * TASK_COUNT + task;
          step(
            model.grams,
            seen.grams,
            at,
            error * (ask.weights[gram] ?? 0) + gramPull * (model.grams[at] ?? 0),
          );
        }
      }
    }
  }
  return model;
}

function countBuckets(asks: readonly LabelledAsk[]): Uint16Array {
  const counts = new Uint16Array(GRAM_BUCKETS);
  for (const { buckets } of asks) for (const bucket of buckets) counts[bucket] = (counts[bucket] ?? 0) + 1;
  return counts;
}

function targetOf({ label, accept }: LabelledAsk, settings: TrainingSettings): Float64Array {
  const { smoothing, acceptShare } = settings;
  const target = new Float64Array(TASK_COUNT).fill(smoothing / TASK_COUNT);
  const allowed = accept.filter((task) => TASKS.includes(task));
  const spread = allowed.length > 0 ? acceptShare : 0;
  const place = TASKS.indexOf(label);
  target[place] = (target[place] ?? 0) + 1 - smoothing - spread;
  for (const task of allowed) {
    const at = TASKS.indexOf(task);
    target[at] = (target[at] ?? 0) + spread / allowed.length;
  }
  return target;
}

/** Orders of the asks, shuffled by a fixed generator (Numerical Recipes' constants). */
function* epochs(count: number, times: number): Generator<Int32Array> {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  let state = 1;
  for (let epoch = 0; epoch < times; epoch++) {
    for (let last = count - 1; last > 0; last--) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const other = Math.floor((state / 2 ** 32) * (last + 1));
      const kept = order[last] ?? 0;
      order[last] = order[other] ?? 0;
      order[other] = kept;
    }
    yield order;
  }
}

/** Probability of each task, written into `shares`. */
export function sharesOf(
  model: SoftmaxModel,
  ask: LabelledAsk,
  shares: Float64Array,
  temperature = 1,
): Float64Array {
  for (let task = 0; task < TASK_COUNT; task++) shares[task] = model.bias[task] ?? 0;
  addRows(shares, model.signals, ask.signals);
  for (let gram = 0; gram < ask.buckets.length; gram++) {
    const start = (ask.buckets[gram] ?? 0) * TASK_COUNT;
    const weight = ask.weights[gram] ?? 0;
    for (let task = 0; task < TASK_COUNT; task++) {
      shares[task] = (shares[task] ?? 0) + weight * (model.grams[start + task] ?? 0);
    }
  }
  let top = -Infinity;
  for (const odds of shares) if (odds > top) top = odds;
  let total = 0;
  for (let task = 0; task < TASK_COUNT; task++) {
    const share = Math.exp(((shares[task] ?? 0) - top) / temperature);
    shares[task] = share;
    total += share;
  }
  for (let task = 0; task < TASK_COUNT; task++) shares[task] = (shares[task] ?? 0) / total;
  return shares;
}

function addRows(odds: Float64Array, rows: Float64Array, strengths: Float64Array): void {
  for (let row = 0; row < strengths.length; row++) {
    const strength = strengths[row] ?? 0;
    if (strength === 0) continue;
    for (let task = 0; task < TASK_COUNT; task++) {
      odds[task] = (odds[task] ?? 0) + strength * (rows[row * TASK_COUNT + task] ?? 0);
    }
  }
}
