import { TaskType } from '../types.js';
import { type AskReading, readAsk } from './ask-reading.js';
import { defaultLexicon } from './lexicon.js';
import type { TaskClassification, TaskClassifier } from './router.js';
import { prepareTaskModel, taskOdds } from './task-model.js';
import { signalsOf } from './task-signals.js';

const TASKS = Object.values(TaskType);

/** Decodes lexicon and model, once, so that no decision has to: it takes some 20 ms. */
export function prepareClassifier(): void {
  defaultLexicon();
  prepareTaskModel();
}

/** Tells the task of an ask that was read already. */
export function classifyReading(reading: AskReading): TaskClassification {
  return toClassification(taskOdds(signalsOf(reading), reading.grams));
}

function toClassification(odds: number[]): TaskClassification {
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
 * The task classifier of this library: concepts in 13 languages, the build of the text, and what words stand in
 * it, weighed by a small linear model. One linear pass, deterministic, nothing to load.
 */
export function heuristicTaskClassifier(): TaskClassifier {
  return { classify: (ask) => classifyReading(readAsk(ask)) };
}
