import { estimateRequestTokens, estimateTokens } from '../catalog/token-estimate.js';
import { estimatedTokenUsage } from '../catalog/usage.js';
import type { TokenUsage } from '../types.js';
import type { Call } from './call.js';

/** Tokenizers differ, and our count is made for none: with half as much again it is not below what they make. */
const UPPER = 1.5;

/** By how many tokens of each choice an upstream may be ahead of what has arrived: about what fits in the buffers between. */
const TOKENS_UNDER_WAY = 256;

/** What a fast model makes while nothing arrives, be it reasoning that is never shown. */
const TOKENS_PER_SILENT_MS = 0.2;

/** Our own count, marked as such, where the upstream sent none: an upper one. */
export function estimatedUsage(call: Call, output: string): TokenUsage {
  const { messages, parameters } = call.request;
  const inputTokens = Math.ceil(UPPER * estimateRequestTokens(messages, parameters));
  const outputTokens = Math.ceil(UPPER * estimateTokens(output));
  return estimatedTokenUsage(Math.min(inputTokens, call.boundInputTokens), outputTokens);
}

/** An attempt that broke off, as far as what it may have used depends on it. */
export interface BrokenOff {
  readonly choices: number;
  /** Of each choice; `null` where nobody knows. */
  readonly outputCap: number | null;
  /** How long nothing arrived, since it was sent. */
  readonly silentMs: number;
}

/** The estimate of what has arrived, and what may have been made beyond it. */
export function withUnderWay(seen: TokenUsage, { choices, outputCap, silentMs }: BrokenOff): TokenUsage {
  const ahead = choices * (TOKENS_UNDER_WAY + Math.ceil(silentMs * TOKENS_PER_SILENT_MS));
  const most = Math.max(seen.outputTokens, outputCap === null ? Infinity : choices * outputCap);
  return estimatedTokenUsage(seen.inputTokens, Math.min(seen.outputTokens + ahead, most));
}
