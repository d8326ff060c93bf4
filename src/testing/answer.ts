import { type BrokenAnswer, restOf } from './continuation.js';
import type { LineUpModel } from './line-up.js';
import { hashOf, seededRandom, type SeededRandom } from './random.js';
import type { Judgement } from './judge.js';
import type { ChatRequest } from './request.js';
import { valueForSchema } from './schema-answer.js';
import { textAnswer, toolFollowUp } from './text-answer.js';
import { countTokens, splitTokens, startOf } from './tokens.js';
import { toolCallsFor } from './tool-answer.js';

/** A tool call with its arguments cut into tokens. */
interface AnsweredCall {
  readonly id: string;
  readonly name: string;
  readonly pieces: readonly string[];
}

/** One choice of an answer, cut into the tokens it is streamed in. */
export interface AnswerChoice {
  readonly pieces: readonly string[];
  readonly calls: readonly AnsweredCall[];
  readonly finishReason: 'stop' | 'length' | 'tool_calls';
}

/** What a model says to a request, before any of it is sent. */
export interface Answer {
  readonly choices: readonly AnswerChoice[];
  readonly reasoningTokens: number;
  /** All that is billed as output, reasoning included. */
  readonly outputTokens: number;
}

/** What the answer depends on beside the request: the same again gives the same answer. */
interface AnswerContext {
  readonly model: LineUpModel;
  readonly judgement: Judgement;
  readonly seed: number;
  /** The answer to the request that is gone on with, if there is one. */
  readonly broken: BrokenAnswer | null;
}

const EFFORTS: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 0.1,
  low: 0.4,
  medium: 1,
  high: 2.5,
  xhigh: 4,
};

/** The whole answer: text, JSON or tool calls, stopped and capped as asked. */
export function answerTo(request: ChatRequest, context: AnswerContext): Answer {
  const effort = EFFORTS[request.effort] ?? 1;
  const wanted = Math.round(Math.max(0, context.judgement.difficulty - 0.3) * 800 * effort);
  const cap = Math.min(request.cap ?? Infinity, context.model.maxOutput);
  const reasoning = context.model.reasoning ? Math.min(wanted, cap) : 0;
  const choices = Array.from({ length: request.choices }, (_, index) => {
    const random = seededRandom(
      hashOf(`${context.model.name}\u0000${request.seed}\u0000${index}`, context.seed),
    );
    return capped(freeChoice(request, context, random), cap - reasoning);
  });
  const reasoningTokens = reasoning * choices.length;
  const visible = choices.reduce((sum, choice) => sum + choiceTokens(choice), 0);
  return { choices, reasoningTokens, outputTokens: reasoningTokens + visible };
}

/** Tokens of a choice that the caller sees. A call costs its name and its arguments. */
function choiceTokens(choice: AnswerChoice): number {
  return choice.calls.reduce(
    (sum, call) => sum + callHeadTokens(call) + call.pieces.length,
    choice.pieces.length,
  );
}

export function callHeadTokens(call: AnsweredCall): number {
  return 3 + countTokens(call.name);
}

function freeChoice(request: ChatRequest, context: AnswerContext, random: SeededRandom): AnswerChoice {
  const ask = request.messages.findLast((message) => message.role === 'user')?.text ?? '';
  const calls = toolCallsFor(request, ask, random);
  if (calls.length > 0) {
    return {
      pieces: [],
      calls: calls.map((call) => ({ id: call.id, name: call.name, pieces: splitTokens(call.arguments) })),
      finishReason: 'tool_calls',
    };
  }
  const { broken } = context;
  const whole = stopped(contentOf(request, context, ask, random), request.stop);
  const text = broken === null ? whole : restOf(whole, broken, random);
  return { pieces: splitTokens(text), calls: [], finishReason: 'stop' };
}

function contentOf(request: ChatRequest, context: AnswerContext, ask: string, random: SeededRandom): string {
  const { model, judgement } = context;
  const { format } = request;
  if (format.type === 'json_schema') return JSON.stringify(valueForSchema(format.schema, { random }));
  if (format.type === 'json_object') {
    return JSON.stringify({ simulated: true, model: model.name, answer: startOf(ask, 80) });
  }
  const lastTurn = request.messages.findLastIndex((message) => message.role !== 'tool');
  const results = request.messages.slice(lastTurn + 1).map((message) => message.text);
  return results.length > 0
    ? toolFollowUp(model.name, results)
    : textAnswer(model.name, judgement.task, ask, random);
}

function stopped(text: string, stop: readonly string[]): string {
  const ends = stop.map((sequence) => text.indexOf(sequence)).filter((index) => index >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function capped(choice: AnswerChoice, cap: number): AnswerChoice {
  if (choiceTokens(choice) <= cap) return choice;
  let left = cap;
  const pieces = choice.pieces.slice(0, left);
  left -= pieces.length;
  const calls: AnsweredCall[] = [];
  for (const call of choice.calls) {
    left -= callHeadTokens(call);
    if (left < 0) break;
    calls.push({ ...call, pieces: call.pieces.slice(0, left) });
    left -= calls.at(-1)?.pieces.length ?? 0;
  }
  return { pieces, calls, finishReason: 'length' };
}
