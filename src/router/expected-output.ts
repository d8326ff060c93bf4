import type { ChatParameters, TaskType } from '../types.js';
import type { TaskShare } from './ability.js';

/** Tokens an answer usually has, by task: set by hand until a history says better. */
const TYPICAL_OUTPUT_TOKENS: Readonly<Record<TaskType, number>> = {
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
    const typical = TYPICAL_OUTPUT_TOKENS[task];
    const grown = AS_LONG_AS_INPUT.has(task) ? Math.min(LONGEST_AS_INPUT, inputTokens) : 0;
    tokens += share * Math.max(typical, grown);
  }
  return tokens;
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
