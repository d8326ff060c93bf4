import type { OutputForecast } from '../../router/expected-output.js';
import type { TaskType } from '../../types.js';

/**
 * Temperature by task. Code and mathematics: DeepSeek's published table. Near 0 for what is analytical or has
 * one right answer, near 1 for what is creative: Anthropic's advice. What lies between is set by hand. Never
 * above 1, the most that Claude takes.
 */
const TEMPERATURES: Readonly<Record<TaskType, number>> = {
  code_generation: 0,
  code_debug: 0,
  code_explanation: 0.2,
  math: 0,
  reasoning: 0,
  creative_writing: 1,
  writing: 0.7,
  rewriting: 0.4,
  summarization: 0.3,
  translation: 0.3,
  extraction: 0,
  classification: 0,
  question_answering: 0.3,
  conversation: 0.7,
  analysis: 0.3,
  brainstorming: 1,
};

/** Below this share the likeliest task does not decide alone. */
const SURE = 0.5;

/** The temperature that suits the task, or, where that is unsure, the mean over the tasks it may be. */
export function temperatureFor({ taskType, confidence, tasks }: OutputForecast): number {
  if (confidence >= SURE) return TEMPERATURES[taskType];
  const mean = tasks.reduce((sum, [task, share]) => sum + share * TEMPERATURES[task], 0);
  return Math.round(10 * mean) / 10;
}
