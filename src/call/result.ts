import type { RouteLLError } from '../errors.js';
import type { RoutingDecision } from '../router/router.js';
import type { AttemptRow } from '../stores.js';
import type { ParameterChange } from './optimizer/changes.js';
import type { CompletionMessage, TokenUsage, ToolCall } from '../types.js';

/** A call that was answered. */
export interface ChatSuccess {
  readonly success: true;
  readonly callId: string;
  /** The text of the answer; empty where it is tool calls only. */
  readonly content: string;
  readonly message: CompletionMessage;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string;
  /** The model that answered, after fallbacks. */
  readonly model: string;
  readonly provider: string;
  readonly usage: TokenUsage;
  /** Of all attempts; `null` where a price is unknown. */
  readonly costUsd: number | null;
  /** What the upstream says it charged, in credits; `null` where it does not say. */
  readonly credits: number | null;
  /** `null` where the caller named the model. */
  readonly routing: RoutingDecision | null;
  /** What the optimizer filled in for the model that answered; empty where it is off. */
  readonly changes: readonly ParameterChange[];
  /** From the call to its end, waiting and retries included. */
  readonly latencyMs: number;
  readonly attempts: readonly AttemptRow[];
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

export type ChatResult = ChatSuccess | ChatFailure;
