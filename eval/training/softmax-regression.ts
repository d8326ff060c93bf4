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

/** Values that are fitted, and the sums of the squares of their slopes. */
class Fitted {
  readonly #values: Float64Array | Float32Array;
  readonly #squares: Float64Array | Float32Array;
  readonly #rate: number;

  constructor(values: Float64Array | Float32Array, rate: number) {
    this.#values = values;
    this.#squares = new (values.constructor as Float32ArrayConstructor)(values.length).fill(0.01);
    this.#rate = rate;
  }

  at(place: number): number {
    return this.#values[place] ?? 0;
  }

  /** One step of AdaGrad (Duchi, Hazan, Singer 2011). */
  step(place: number, slope: number): void {
    const squares = (this.#squares[place] ?? 0) + slope * slope;
    this.#squares[place] = squares;
    this.#values[place] = (this.#values[place] ?? 0) - (this.#rate * slope) / Math.sqrt(squares);
  }
}

/** Multinomial logistic regression; the same asks give the same model. */
export function trainSoftmax(asks: readonly LabelledAsk[], settings: TrainingSettings): SoftmaxModel {
  const prior = priorModel(settings.priorScale);
  const model: SoftmaxModel = { ...prior, bias: prior.bias.slice(), signals: prior.signals.slice() };
  const known = countBuckets(asks);
  const { learningRate, leastAsks } = settings;
  const examples = asks.map((ask) => ({
    ...ask,
    gramIndices: [...ask.buckets.keys()].filter(
      (index) => (known[ask.buckets[index] ?? 0] ?? 0) >= leastAsks,
    ),
    target: targetOf(ask, settings),
    weight: settings.weightOf(ask),
  }));
  const bias = new Fitted(model.bias, learningRate);
  const signals = new Fitted(model.signals, learningRate);
  const grams = new Fitted(model.grams, learningRate);
  const gramPull = settings.gramPenalty / asks.length;
  const signalPull = settings.signalPenalty / asks.length;
  const shares = new Float64Array(TASK_COUNT);

  const learn = (example: (typeof examples)[number], task: number): void => {
    const error = example.weight * ((shares[task] ?? 0) - (example.target[task] ?? 0));
    bias.step(task, error);
    for (const [signal, strength] of example.signals.entries()) {
      if (strength === 0) continue;
      const at = signal * TASK_COUNT + task;
      signals.step(at, error * strength + signalPull * (signals.at(at) - (prior.signals[at] ?? 0)));
    }
    for (const index of example.gramIndices) {
      const at = (example.buckets[index] ?? 0) * TASK_COUNT + task;
      grams.step(at, error * (example.weights[index] ?? 0) + gramPull * grams.at(at));
    }
  };
  for (const order of epochs(asks.length, settings.epochs)) {
    for (const index of order) {
      const example = examples[index];
      if (example === undefined) continue;
      sharesOf(model, example, shares);
      for (let task = 0; task < TASK_COUNT; task++) learn(example, task);
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
export function sharesOf(model: SoftmaxModel, ask: LabelledAsk, shares: Float64Array): Float64Array {
  shares.set(model.bias);
  for (const [signal, strength] of ask.signals.entries()) addRow(shares, model.signals, signal, strength);
  for (const [gram, bucket] of ask.buckets.entries()) {
    addRow(shares, model.grams, bucket, ask.weights[gram] ?? 0);
  }
  const top = Math.max(...shares);
  let total = 0;
  for (const [task, odds] of shares.entries()) {
    const share = Math.exp(odds - top);
    shares[task] = share;
    total += share;
  }
  for (const [task, share] of shares.entries()) shares[task] = share / total;
  return shares;
}

function addRow(odds: Float64Array, rows: ArrayLike<number>, row: number, factor: number): void {
  if (factor === 0) return;
  for (let task = 0; task < TASK_COUNT; task++) {
    odds[task] = (odds[task] ?? 0) + factor * (rows[row * TASK_COUNT + task] ?? 0);
  }
}
