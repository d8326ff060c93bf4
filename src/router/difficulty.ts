import { TaskType } from '../types.js';
import type { AskReading } from './ask-reading.js';
import { CONCEPTS, type Concept } from './concepts.js';

/** Evidence of hardness, each 0 (none) to 1 (as much as counts). */
export interface HardnessEvidence {
  /** Words, on a log scale. */
  readonly length: number;
  /** Words that bind the answer: must, at least, without. */
  readonly constraints: number;
  /** Words of inference and of quantifying: if, unless, every, neither. */
  readonly logic: number;
  /** Amounts and their relations: numbers, twice, percent, remaining. */
  readonly quantities: number;
  readonly steps: number;
  /** Words of the sciences, the law, medicine and engineering. */
  readonly terms: number;
  /** Statements to be judged apart: "which of the following statements", I and II, none of these. */
  readonly statements: number;
  /** Several questions at once. */
  readonly questions: number;
  /** Lines of programs in the ask, and what was pasted beside it. */
  readonly program: number;
  readonly formulas: number;
}

export interface DifficultyEstimate {
  /** 0..1. */
  readonly difficulty: number;
  /** Standard deviation of `difficulty`. */
  readonly uncertainty: number;
  readonly evidence: HardnessEvidence;
}

type Distribution = Readonly<Partial<Record<TaskType, number>>>;

/** Difficulty of an ask that says no more than its task. Set by hand. */
export const TASK_DIFFICULTY: Readonly<Record<TaskType, number>> = {
  code_generation: 0.4,
  code_debug: 0.42,
  code_explanation: 0.24,
  math: 0.38,
  reasoning: 0.36,
  creative_writing: 0.24,
  writing: 0.2,
  rewriting: 0.1,
  summarization: 0.13,
  translation: 0.1,
  extraction: 0.13,
  classification: 0.16,
  question_answering: 0.3,
  conversation: 0.06,
  analysis: 0.34,
  brainstorming: 0.24,
};

/** What full evidence of each kind adds, in log-odds. None is negative: evidence never lowers the estimate. */
const EVIDENCE_WEIGHTS: Readonly<Record<keyof HardnessEvidence, number>> = {
  length: 0.4,
  constraints: 0.25,
  logic: 0.8,
  quantities: 0.75,
  steps: 0.5,
  terms: 0.9,
  statements: 0.6,
  questions: 0.2,
  program: 0.3,
  formulas: 0.3,
};
const KINDS = Object.keys(EVIDENCE_WEIGHTS) as (keyof HardnessEvidence)[];

/**
 * Of the true difficulty around an estimate of a half. Over 1,200 prompts of three sources the error is 0.27 to
 * 0.35, which holds the shift between sources and the noise of few models; what is left is set to this. Towards
 * 0 and 1 it narrows as that of any share does, with √(d·(1−d)).
 */
const RESIDUAL_DEVIATION = 0.24;
/** What is added where nothing speaks for hardness: that is unknown, not easy. */
const NO_EVIDENCE_DEVIATION = 0.08;

const SHORTEST_WORDS = 8;
const LONGEST_WORDS = 400;

/** A line of a program has about so many characters. */
const LINE_CHARACTERS = 40;

/**
 * Reads the evidence of hardness off an ask. Nothing around the ask counts, neither tools nor earlier turns, but a
 * little what was pasted beside it.
 * @param materialCharacters Of fenced blocks and pasted files.
 */
export function hardnessOf(reading: AskReading, materialCharacters = 0): HardnessEvidence {
  const of = (concept: Concept): number => reading.concepts[CONCEPTS.indexOf(concept)] ?? 0;
  const span = Math.log(LONGEST_WORDS / SHORTEST_WORDS);
  return {
    length: Math.min(1, Math.max(0, Math.log(Math.max(1, reading.words) / SHORTEST_WORDS) / span)),
    constraints: saturate(of('constraint'), 3),
    logic: saturate(of('logic'), 3),
    quantities: saturate(of('quantity') + of('count') + reading.numbers, 5),
    steps: saturate(of('step'), 2),
    terms: saturate(of('formal'), 1.5),
    statements: saturate(of('statement'), 1),
    questions: saturate(Math.max(0, reading.questions - 1), 2),
    program: saturate(reading.codeLines + materialCharacters / LINE_CHARACTERS, 30),
    formulas: saturate(reading.operators, 10),
  };
}

/** 0 at none, a half at `half`, towards 1. */
function saturate(amount: number, half: number): number {
  return amount / (amount + half);
}

/**
 * How hard an ask is: the prior of its task, raised by each piece of evidence. Given the task, the estimate is
 * monotone in every piece; without evidence it stays at the prior and is less certain.
 */
export function estimateDifficulty(
  evidence: HardnessEvidence,
  distribution: Distribution,
): DifficultyEstimate {
  const { mean, deviation } = priorOf(distribution);
  let raised = 0;
  for (const kind of KINDS) raised += EVIDENCE_WEIGHTS[kind] * evidence[kind];
  const difficulty = 1 / (1 + Math.exp(-(Math.log(mean / (1 - mean)) + raised)));
  const unknown = NO_EVIDENCE_DEVIATION * Math.exp(-raised);
  return {
    difficulty,
    uncertainty: Math.hypot(
      (RESIDUAL_DEVIATION + unknown) * 2 * Math.sqrt(difficulty * (1 - difficulty)),
      deviation,
    ),
    evidence,
  };
}

/** Mean and deviation of the task priors under the distribution. */
function priorOf(distribution: Distribution): { readonly mean: number; readonly deviation: number } {
  let total = 0;
  let sum = 0;
  let squares = 0;
  for (const task of TASKS) {
    const share = distribution[task] ?? 0;
    const prior = TASK_DIFFICULTY[task];
    total += share;
    sum += share * prior;
    squares += share * prior * prior;
  }
  if (!(total > 0)) return { mean: TASK_DIFFICULTY.question_answering, deviation: 0.1 };
  const mean = sum / total;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / total - mean * mean)) };
}

const TASKS = Object.values(TaskType);
