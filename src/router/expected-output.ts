import type { ChatParameters, TaskType } from '../types.js';
import type { TaskShare } from './ability.js';
import type { AskProfile } from './profile.js';
import type { TaskClassification } from './router.js';
import { statedOutputTokens } from './stated-length.js';

/** Tokens an answer usually has, by task: set by hand until a history says better. */
export const typicalOutputTokens: Readonly<Record<TaskType, number>> = {
  code_generation: 700,
  code_debug: 600,
  code_explanation: 450,
  math: 500,
  reasoning: 500,
  creative_writing: 800,
  writing: 700,
  rewriting: 300,
  summarization: 250,
  translation: 250,
  extraction: 200,
  classification: 60,
  question_answering: 300,
  conversation: 120,
  analysis: 700,
  brainstorming: 600,
};

/** Tasks whose answer is about as long as what they work on. */
const AS_LONG_AS_INPUT: ReadonlySet<TaskType> = new Set(['translation', 'rewriting']);
const LONGEST_AS_INPUT = 4000;

/** Expected output tokens of one answer, averaged over the tasks the ask may be. */
export function expectedOutputTokens(tasks: readonly TaskShare[], inputTokens: number): number {
  let tokens = 0;
  for (const [task, share] of tasks) {
    const typical = typicalOutputTokens[task];
    const grown = AS_LONG_AS_INPUT.has(task) ? Math.min(LONGEST_AS_INPUT, inputTokens) : 0;
    tokens += share * Math.max(typical, grown);
  }
  return tokens;
}

/**
 * Output tokens of the one likely task whose answers are longest: what an ask may turn out to be. An answer as
 * long as its input is taken at its whole length.
 */
export function longestOutputTokens(tasks: readonly TaskShare[], inputTokens: number): number {
  let longest = 0;
  for (const [task] of tasks) {
    const grown = AS_LONG_AS_INPUT.has(task) ? inputTokens : 0;
    longest = Math.max(longest, typicalOutputTokens[task], grown);
  }
  return longest;
}

/** What can be said of an answer's length before it is there. Tokens of one answer, without any cap. */
export interface OutputForecast extends TaskClassification {
  /** The tasks the ask may be, without the unlikely ones; shares sum to 1. */
  readonly tasks: readonly TaskShare[];
  /** On average, over the tasks the ask may be; at least about the length that it states. */
  readonly expectedTokens: number;
  /** Of the one likely task whose answers are longest. */
  readonly longestTokens: number;
  /** What covers the length that the ask states, as "in 2,000 words"; 0 where it states none. */
  readonly statedTokens: number;
}

/** The share of `statedTokens` that English prose needs: other languages take up to twice as much. */
const STATED_ON_AVERAGE = 0.5;

export function forecastOutput(
  { classification, tasks }: Pick<AskProfile, 'classification' | 'tasks'>,
  ask: string,
  inputTokens: number,
): OutputForecast {
  const statedTokens = statedOutputTokens(ask);
  return {
    ...classification,
    tasks,
    expectedTokens: Math.max(
      expectedOutputTokens(tasks, inputTokens),
      Math.round(STATED_ON_AVERAGE * statedTokens),
    ),
    longestTokens: longestOutputTokens(tasks, inputTokens),
    statedTokens,
  };
}

interface OutputCaps {
  readonly max_completion_tokens?: number | null;
  readonly max_tokens?: number | null;
}

/** The caller's cap on one answer, under either name; `Infinity` where there is none. */
export function outputCapOf(parameters: ChatParameters): number {
  const { max_completion_tokens: current, max_tokens: older }: OutputCaps = parameters;
  return current ?? older ?? Infinity;
}
