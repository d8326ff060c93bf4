import { type ChatMessage, TaskType } from '../types.js';
import type { TaskShare } from './ability.js';
import { readAsk } from './ask-reading.js';
import { type EnvelopeMeasures, extractAsk } from './ask.js';
import {
  type DifficultyEstimate,
  estimateDifficulty,
  type HardnessEvidence,
  hardnessOf,
} from './difficulty.js';
import type { TaskClassification, TaskClassifier } from './router.js';
import { classifyReading } from './task-classifier.js';

/** What is known of a request before any model is looked at. */
export interface AskProfile {
  readonly classification: TaskClassification;
  readonly estimate: DifficultyEstimate;
  /** The tasks it may be, without the unlikely ones; shares sum to 1. */
  readonly tasks: readonly TaskShare[];
  /** What was measured: evidence of hardness 0..1, sizes of ask and envelope. Never text. */
  readonly features: Readonly<Record<string, number>>;
}

/** Tasks less likely than this do not enter a score. */
const LEAST_SHARE = 0.04;
const TASKS = Object.values(TaskType);

/** Reads a request: the ask apart from its envelope, its task, its difficulty. */
export function profileAsk(messages: readonly ChatMessage[], classifier?: TaskClassifier): AskProfile {
  const { ask, envelope } = extractAsk(messages);
  const reading = readAsk(ask);
  const classification = classifier === undefined ? classifyReading(reading) : classifier.classify(ask);
  const estimate = estimateDifficulty(
    hardnessOf(reading, envelope.materialCharacters),
    classification.distribution,
  );
  return {
    classification,
    estimate,
    tasks: likelyTasks(classification),
    features: featuresOf(estimate.evidence, reading.words, envelope),
  };
}

/** Written out: a spread of two objects costs as much as the reading of the ask. */
function featuresOf(
  evidence: HardnessEvidence,
  words: number,
  envelope: EnvelopeMeasures,
): Readonly<Record<string, number>> {
  return {
    length: evidence.length,
    constraints: evidence.constraints,
    logic: evidence.logic,
    quantities: evidence.quantities,
    steps: evidence.steps,
    terms: evidence.terms,
    statements: evidence.statements,
    questions: evidence.questions,
    program: evidence.program,
    formulas: evidence.formulas,
    words,
    turns: envelope.turns,
    systemCharacters: envelope.systemCharacters,
    earlierCharacters: envelope.earlierCharacters,
    reminderCharacters: envelope.reminderCharacters,
    materialCharacters: envelope.materialCharacters,
    fences: envelope.fences,
    files: envelope.files,
    images: envelope.images,
    turnsBack: envelope.turnsBack,
  };
}

/** Without the unlikely ones; shares sum to 1. */
export function likelyTasks({
  taskType,
  distribution,
}: Pick<TaskClassification, 'taskType' | 'distribution'>): readonly TaskShare[] {
  const likely: (readonly [TaskType, number])[] = [];
  let total = 0;
  for (const task of TASKS) {
    const share = distribution[task] ?? 0;
    if (!(share >= LEAST_SHARE && share <= 1)) continue;
    likely.push([task, share]);
    total += share;
  }
  return total > 0 ? likely.map(([task, share]) => [task, share / total]) : [[taskType, 1]];
}
