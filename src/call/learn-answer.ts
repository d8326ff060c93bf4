import type { AnswerHistory, SeenAnswer } from '../credits/answer-history.js';
import { InvalidObjectError, type RouteLLError } from '../errors.js';
import { expectedOutputTokens } from '../router/expected-output.js';
import { likelyTasks } from '../router/profile.js';
import type { ObservedAnswers, RoutingResult } from '../router/router.js';
import type { AttemptRow } from '../stores.js';
import type { ChatParameters, TaskType } from '../types.js';
import type { CallParts } from './parts.js';
import type { JudgedAnswer } from './quality-signs.js';
import type { CallRequest } from './request.js';

/** A call that ended, as far as it tells of its answer. */
interface AnsweredCall {
  readonly parts: CallParts;
  readonly request: CallRequest;
  readonly rows: readonly AttemptRow[];
  /** Estimated tokens of the prompt. */
  readonly inputTokens: number;
}

interface AnswerEnding {
  readonly answer: JudgedAnswer | null;
  readonly error: RouteLLError | null;
}

/** What was seen of answers, for a router to look up the kind of ask that it finds. */
export function observedAnswers(
  { answerHistory }: Pick<CallParts, 'answerHistory'>,
  { parameters }: CallRequest,
): ObservedAnswers {
  return new AnswersAtEffort(answerHistory, effortOf(parameters));
}

/** The history at the effort of a call. */
class AnswersAtEffort implements ObservedAnswers {
  readonly #history: AnswerHistory;
  readonly #effort: string | null;

  constructor(history: AnswerHistory, effort: string | null) {
    this.#history = history;
    this.#effort = effort;
  }

  outputTokens(model: string, taskType: TaskType, priorTokens: number): number | null {
    if (!this.#history.knows(taskType)) return null;
    return this.#history.expectedTokens({ model, effort: this.#effort, taskType }, priorTokens);
  }

  latencyMs(model: string, taskType: TaskType): number | null {
    return this.#history.latencyMs({ model, effort: this.#effort, taskType });
  }
}

/** Takes note of when a request came: of no use where nothing is paced. */
export function learnDemand(
  { demand, demandMemory, pacer, options }: CallParts,
  { at }: Pick<AttemptRow, 'at'>,
): void {
  if (!pacer.isOn || !options.routing.learning) return;
  demand.recordEvidence({ at });
  demandMemory.learned({ at });
}

/** Takes note of how long the answer to a routed call was, and how long it took. */
export function learnAnswer(call: AnsweredCall, routing: RoutingResult, ending: AnswerEnding): void {
  const answer = seenAnswer(call, routing, ending);
  if (answer === null) return;
  call.parts.answerHistory.recordEvidence(answer);
  call.parts.answerMemory.learned(answer);
}

/** `null` where nothing can be told of one whole answer. */
function seenAnswer(call: AnsweredCall, routing: RoutingResult, ending: AnswerEnding): SeenAnswer | null {
  const { request, parts, inputTokens } = call;
  const { taskType } = routing.routingDecision;
  const served = call.rows.find(({ outcome }) => outcome === 'success');
  if (!served?.usage || routing.basis === undefined || !isOneAnswer(request, ending)) return null;
  const { distribution } = routing.basis;
  return {
    // The router knows it by its name, whatever it was asked for by.
    model: parts.catalog.get(served.model)?.name ?? served.model,
    effort: effortOf(request.parameters),
    taskType,
    outputTokens: served.usage.outputTokens,
    reasoningTokens: served.usage.reasoningTokens,
    priorTokens: expectedOutputTokens(likelyTasks({ taskType, distribution }), inputTokens),
    isCut: isCut(ending),
    isOurCap: ending.answer?.changes.some(({ parameter }) => parameter !== 'temperature') ?? false,
    latencyMs: served.latencyMs,
  };
}

/** Several choices, the parts of several models, and what a filter left say nothing of one answer's length. */
function isOneAnswer({ parameters }: CallRequest, { answer }: AnswerEnding): boolean {
  if ((parameters.n ?? 1) > 1) return false;
  return answer === null || (answer.parts.length === 0 && answer.finishReason !== 'content_filter');
}

function isCut({ answer, error }: AnswerEnding): boolean {
  if (answer !== null) return answer.finishReason === 'length';
  return error instanceof InvalidObjectError && error.reason === 'length';
}

/** The effort that a call asks for; `null` where it leaves that to the model. */
export function effortOf({ reasoning_effort: effort }: ChatParameters): string | null {
  return effort ?? null;
}
