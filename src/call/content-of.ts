import type { Completion } from '../types.js';
import type { Answer } from './call.js';

/** What of a completion callers read most: its first choice. */
export function contentOf(
  completion: Completion,
): Pick<Answer, 'content' | 'message' | 'toolCalls' | 'finishReason'> {
  const [choice] = completion.choices;
  if (choice === undefined) throw new RangeError('a completion has at least one choice');
  const { message, finish_reason } = choice;
  return {
    content: message.content ?? '',
    message,
    toolCalls: message.tool_calls ?? [],
    finishReason: finish_reason,
  };
}
