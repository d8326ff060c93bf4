import { boundRequestTokens, estimateTokens, upperRequestTokens } from '../catalog/token-estimate.js';
import { estimatedTokenUsage } from '../catalog/usage.js';
import type { TokenUsage } from '../types.js';
import type { CallRequest } from './request.js';

/** Tokenizers differ, and our count is made for none: with half as much again it is not below what they make. */
const UPPER = 1.5;

/** By how many tokens of each choice an upstream may be ahead of what has arrived: about what fits in the buffers between. */
const TOKENS_UNDER_WAY = 256;

/** What a fast model makes while nothing arrives, be it reasoning that is never shown. */
const TOKENS_PER_SILENT_MS = 0.2;

/** Our own count, marked as such, where the upstream sent none: an upper one. */
export function estimatedUsage(request: CallRequest, output: string): TokenUsage {
  const { messages, parameters } = request;
  const inputTokens = upperRequestTokens(messages, parameters, UPPER);
  const outputTokens = Math.ceil(UPPER * estimateTokens(output));
  return estimatedTokenUsage(Math.min(inputTokens, boundInputTokens(request)), outputTokens);
}

/** What was told of an answer before its end, and no less of its output than we have counted. */
export function atLeast(told: TokenUsage, counted: TokenUsage): TokenUsage {
  const outputTokens = Math.max(told.outputTokens, counted.outputTokens);
  return { ...told, outputTokens, totalTokens: told.inputTokens + outputTokens, estimated: true };
}

/** An attempt that broke off, as far as what it may have used depends on it. */
export interface BrokenOff {
  readonly choices: number;
  /** Of each choice; `null` where nobody knows. */
  readonly outputCap: number | null;
  /** How long nothing arrived, or was read, since it was sent. */
  readonly silentMs: number;
}

/** The estimate of what has arrived, and what may have been made beyond it. */
export function withUnderWay(seen: TokenUsage, { choices, outputCap, silentMs }: BrokenOff): TokenUsage {
  const ahead = choices * (TOKENS_UNDER_WAY + Math.ceil(silentMs * TOKENS_PER_SILENT_MS));
  const most = Math.max(seen.outputTokens, outputCap === null ? Infinity : choices * outputCap);
  const outputTokens = Math.min(seen.outputTokens + ahead, most);
  return { ...seen, outputTokens, totalTokens: seen.inputTokens + outputTokens, estimated: true };
}

/** The most tokens the prompt can have. What only the upstream knows may be part of it: a token is at least a byte. */
export function boundInputTokens({ messages, parameters, options: { extraBody } }: CallRequest): number {
  const extra = extraBody === undefined ? 0 : new TextEncoder().encode(JSON.stringify(extraBody)).length;
  return boundRequestTokens(messages, parameters) + extra;
}
