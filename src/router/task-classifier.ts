import { TaskType } from '../types.js';
import { type AskReading, readAsk } from './ask-reading.js';
import type { TaskClassification, TaskClassifier } from './router.js';
import { SIGNAL_INDEX, SIGNALS, type Signal, signalsOf } from './task-signals.js';
import { TASK_BIAS, TASK_PAIRS, TASK_WEIGHTS } from './task-weights.js';

const TASKS = Object.values(TaskType);

const bias = Float64Array.from(TASKS, (task) => TASK_BIAS[task]);
/** One row of weights per task. */
const weights = TASKS.map((task) => Float64Array.from(SIGNALS, (signal) => TASK_WEIGHTS[task][signal] ?? 0));
const pairs = TASK_PAIRS.map(([first, second, task, weight]) => ({
  first: indexOf(first),
  second: indexOf(second),
  task: TASKS.indexOf(task),
  weight,
}));

function indexOf(signal: Signal): number {
  return SIGNAL_INDEX.get(signal) ?? 0;
}

/** Tells the task of an ask that was read already. */
export function classifyReading(reading: AskReading): TaskClassification {
  const signals = signalsOf(reading);
  const odds = new Float64Array(bias);
  for (const [task, row] of weights.entries()) {
    let sum = odds[task] ?? 0;
    for (let index = 0; index < row.length; index++) sum += (row[index] ?? 0) * (signals[index] ?? 0);
    odds[task] = sum;
  }
  for (const { first, second, task, weight } of pairs) {
    odds[task] = (odds[task] ?? 0) + weight * Math.min(signals[first] ?? 0, signals[second] ?? 0);
  }
  return toClassification(odds);
}

function toClassification(odds: Float64Array): TaskClassification {
  let best = 0;
  for (let task = 1; task < odds.length; task++) if ((odds[task] ?? 0) > (odds[best] ?? 0)) best = task;
  const top = odds[best] ?? 0;
  let total = 0;
  for (let task = 0; task < odds.length; task++) {
    const share = Math.exp((odds[task] ?? 0) - top);
    odds[task] = share;
    total += share;
  }
  const distribution: Partial<Record<TaskType, number>> = {};
  for (const [task, name] of TASKS.entries()) distribution[name] = (odds[task] ?? 0) / total;
  return { taskType: TASKS[best] ?? TaskType.QUESTION_ANSWERING, confidence: 1 / total, distribution };
}

/**
 * The task classifier of this library: words of 13 languages and the build of the text, weighed by hand.
 * One linear pass, deterministic, no model to load.
 */
export function heuristicTaskClassifier(): TaskClassifier {
  return { classify: (ask) => classifyReading(readAsk(ask)) };
}
