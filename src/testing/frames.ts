import { callHeadTokens, type Answer, type AnswerChoice } from './answer.js';
import type { JsonObject } from './json.js';

/** A piece of a response body, and the output tokens that are spent once it is written. */
export interface Frame {
  readonly text: string;
  /** Sent in place of the text, where a fault has made something else of it. */
  readonly bytes?: Uint8Array;
  /** What the frame is: a whole body, or a part of a stream. */
  readonly stage: 'body' | 'role' | 'delta' | 'finish' | 'usage' | 'done';
  readonly tokens: number;
  /** Reasoning tokens spent before it. */
  readonly reasoningTokens: number;
}

/** What every chunk and completion of one answer has in common. */
export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

/** A body that costs no tokens, as that of a page or an error. */
export function pageFrame(body: object): Frame {
  return { text: JSON.stringify(body), stage: 'body', tokens: 0, reasoningTokens: 0 };
}

/** The answer as one body. */
export function completionFrame(head: AnswerHead, answer: Answer, usage: JsonObject): Frame {
  const completion = {
    ...head,
    object: 'chat.completion',
    choices: answer.choices.map((choice, index) => ({
      index,
      message: {
        role: 'assistant',
        content: choice.calls.length > 0 ? null : choice.pieces.join(''),
        refusal: null,
        ...(choice.calls.length > 0 ? { tool_calls: wholeCalls(choice) } : {}),
      },
      logprobs: null,
      finish_reason: choice.finishReason,
    })),
    usage,
  };
  const { outputTokens, reasoningTokens } = answer;
  return { ...pageFrame(completion), tokens: outputTokens - reasoningTokens, reasoningTokens };
}

/** The answer as server-sent events; several choices take turns. */
export function* streamFrames(
  head: AnswerHead,
  answer: Answer,
  usage: JsonObject | null,
): Generator<Frame, void> {
  const frameOf = (stage: Frame['stage'], data: object | string, tokens = 0): Frame => ({
    text: `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`,
    stage,
    tokens,
    reasoningTokens: stage === 'role' ? answer.reasoningTokens / answer.choices.length : 0,
  });
  const chunkOf = (choices: readonly object[]): object => ({
    ...head,
    object: 'chat.completion.chunk',
    choices,
    ...(usage === null ? {} : { usage: null }),
  });
  const turns = answer.choices.map((choice, index) => ({ index, deltas: deltasOf(choice) }));
  while (turns.length > 0) {
    for (const turn of [...turns]) {
      const next = turn.deltas.next();
      if (next.done === true) {
        turns.splice(turns.indexOf(turn), 1);
        continue;
      }
      const { stage, delta, tokens, finishReason } = next.value;
      const choice = { index: turn.index, delta, logprobs: null, finish_reason: finishReason };
      yield frameOf(stage, chunkOf([choice]), tokens);
    }
  }
  if (usage !== null) yield frameOf('usage', { ...chunkOf([]), usage });
  yield frameOf('done', '[DONE]');
}

interface Delta {
  readonly stage: Frame['stage'];
  readonly delta: object;
  readonly tokens: number;
  readonly finishReason: string | null;
}

function* deltasOf(choice: AnswerChoice): Generator<Delta, void> {
  const part = (delta: object, tokens: number): Delta => ({
    stage: 'delta',
    delta,
    tokens,
    finishReason: null,
  });
  const content = choice.calls.length > 0 ? null : '';
  yield { ...part({ role: 'assistant', content, refusal: null }, 0), stage: 'role' };
  for (const piece of choice.pieces) yield part({ content: piece }, 1);
  for (const [index, call] of choice.calls.entries()) {
    const begun = { index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } };
    yield part({ tool_calls: [begun] }, callHeadTokens(call));
    for (const piece of call.pieces)
      yield part({ tool_calls: [{ index, function: { arguments: piece } }] }, 1);
  }
  yield { stage: 'finish', delta: {}, tokens: 0, finishReason: choice.finishReason };
}

function wholeCalls(choice: AnswerChoice): readonly object[] {
  return choice.calls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.pieces.join('') },
  }));
}
