import type { RouteLLError } from '../errors.js';
import type { RoutingDecision } from '../router/router.js';
import type { AttemptRow } from '../stores.js';
import type { ParameterChange } from './optimizer/changes.js';
import type { CompletionMessage, TokenUsage, ToolCall } from '../types.js';

/** What one model contributed to an answer that several attempts made. */
export interface AnswerPart {
  readonly attemptId: string;
  readonly model: string;
  readonly provider: string;
  /** Where the part begins in `content`, in characters as `slice` counts them. */
  readonly start: number;
  /** Of the attempt, what it repeated included; `null` where its price is unknown. */
  readonly costUsd: number | null;
}

/**
 * A call that was answered.
 * @typeParam Output - What `responseSchema` makes of the answer; `undefined` for calls without one.
 */
export interface ChatSuccess<Output = undefined> {
  readonly success: true;
  readonly callId: string;
  /** The text of the answer; empty where it is tool calls only. */
  readonly content: string;
  readonly message: CompletionMessage;
  readonly toolCalls: readonly ToolCall[];
  /** What `responseSchema` made of the answer; `undefined` without one, and where the answer calls tools. */
  readonly object: Output;
  readonly finishReason: string;
  /** The model that answered, after fallbacks. */
  readonly model: string;
  readonly provider: string;
  /**
   * Who made which part of an answer that broke off and was resumed, in order; `model` made the last. Empty where
   * it came in one.
   */
  readonly parts: readonly AnswerPart[];
  /** Of this answer, all its parts; where it is `cached`, as it was when it was bought. */
  readonly usage: TokenUsage;
  /** Of all attempts; `null` where a price is unknown. 0 where it is `cached`. */
  readonly costUsd: number | null;
  /** What the upstream says it charged, in credits; `null` where it does not say. */
  readonly credits: number | null;
  /** `null` where the caller named the model, and where the answer is `cached`: nothing was decided. */
  readonly routing: RoutingDecision | null;
  /** What the optimizer filled in for the model that answered; empty where it is off. */
  readonly changes: readonly ParameterChange[];
  /** From the call to its end, waiting and retries included. */
  readonly latencyMs: number;
  /** Empty where the answer is `cached`. */
  readonly attempts: readonly AttemptRow[];
  /** Whether it is the stored answer to an earlier call, or that of one under way: nothing was sent for it. */
  readonly cached: boolean;
}

/** A call that failed. Failures cost too: what was tried, and its cost, stand here. */
export interface ChatFailure {
  readonly success: false;
  readonly callId: string;
  readonly error: RouteLLError;
  readonly usage: TokenUsage | null;
  readonly costUsd: number | null;
  readonly latencyMs: number;
  readonly attempts: readonly AttemptRow[];
}

export type ChatResult<Output = undefined> = ChatSuccess<Output> | ChatFailure;
