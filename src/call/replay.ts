import type { Completion, CompletionChunk } from '../types.js';

type Delta = CompletionChunk['choices'][number]['delta'];

/** A whole answer as the chunks of a stream: for each choice what it says, then its end; last the usage. */
export function* replay(
  completion: Completion,
  isUsageAskedFor: boolean,
): Generator<CompletionChunk, void, undefined> {
  const { choices, usage, ...rest } = completion;
  const chunk = (fields: Pick<CompletionChunk, 'choices' | 'usage'>): CompletionChunk => ({
    ...rest,
    object: 'chat.completion.chunk',
    ...(isUsageAskedFor ? { usage: null } : {}),
    ...fields,
  });
  for (const { index, message, logprobs, finish_reason } of choices) {
    const { tool_calls: calls, ...said } = message;
    const pieces = calls?.map((call, position) => ({ ...call, index: position }));
    const delta = (pieces === undefined ? said : { ...said, tool_calls: pieces }) as Delta;
    yield chunk({ choices: [{ index, delta, logprobs, finish_reason: null }] });
    yield chunk({ choices: [{ index, delta: {}, logprobs: null, finish_reason }] });
  }
  if (isUsageAskedFor && usage !== undefined) yield chunk({ choices: [], usage });
}
