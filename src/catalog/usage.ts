import type { Charge, TokenUsage } from '../types.js';

/** Abacus reports compute points; 100 of them are one credit. */
const POINTS_PER_CREDIT = 100;

/** The usage an upstream reported, in our shape, and what it says it charged. */
export interface ReportedUsage {
  readonly usage: TokenUsage;
  readonly charged: Charge | null;
}

type Fields = Readonly<Record<string, unknown>>;

/** The usage a stream chunk carries, wherever it stands; `undefined` where it carries none. */
export function usageOfChunk(chunk: unknown): unknown {
  const fields = fieldsOf(chunk);
  return fields['usage'] ?? fieldsOf(fields['x_groq'])['usage'] ?? undefined;
}

/**
 * The usage object of a response in our shape, whichever service it comes from; `null` where it does
 * not say both how much went in and how much came out. An explicit 0 stays 0. Details larger than
 * their total are cut to it.
 */
export function normalizeUsage(raw: unknown): ReportedUsage | null {
  const fields = fieldsOf(raw);
  const total = countOf(fields['total_tokens']);
  const input = inputTokensOf(fields) ?? without(total, outputTokensOf(fields));
  const output = outputTokensOf(fields) ?? without(total, input);
  if (input === null || output === null) return null;
  return { usage: withDetails(fields, input, output), charged: chargeOf(fields) };
}

function inputTokensOf(fields: Fields): number | null {
  const whole = countOf(fields['prompt_tokens']);
  if (whole !== null) return whole;
  const input = countOf(fields['input_tokens']);
  if (input === null) return null;
  // Anthropic's `input_tokens` leaves the cached ones out.
  return (
    input +
    (countOf(fields['cache_read_input_tokens']) ?? 0) +
    (countOf(fields['cache_creation_input_tokens']) ?? 0)
  );
}

function outputTokensOf(fields: Fields): number | null {
  return firstCount(fields['completion_tokens'], fields['output_tokens']);
}

function withDetails(fields: Fields, inputTokens: number, outputTokens: number): TokenUsage {
  const input = fieldsOf(fields['prompt_tokens_details'] ?? fields['input_tokens_details']);
  const output = fieldsOf(fields['completion_tokens_details'] ?? fields['output_tokens_details']);
  const cached = firstCount(
    input['cached_tokens'],
    fields['prompt_cache_hit_tokens'],
    fields['cache_read_input_tokens'],
  );
  const written = firstCount(input['cache_write_tokens'], fields['cache_creation_input_tokens']);
  const reasoning = firstCount(output['reasoning_tokens'], fields['reasoning_tokens']);
  const cachedInputTokens = Math.min(cached ?? 0, inputTokens);
  const cacheWriteTokens = Math.min(written ?? 0, inputTokens - cachedInputTokens);
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cachedInputTokens,
    cacheWriteTokens,
    audioInputTokens: Math.min(
      firstCount(input['audio_tokens']) ?? 0,
      inputTokens - cachedInputTokens - cacheWriteTokens,
    ),
    reasoningTokens: Math.min(reasoning ?? 0, outputTokens),
    audioOutputTokens: Math.min(firstCount(output['audio_tokens']) ?? 0, outputTokens),
    estimated: false,
  };
}

function chargeOf(fields: Fields): Charge | null {
  const points = numberOf(fields['compute_points_used']);
  if (points !== null) return { amount: points / POINTS_PER_CREDIT, unit: 'credits' };
  const usd = numberOf(fields['cost']);
  return usd === null ? null : { amount: usd, unit: 'usd' };
}

function without(total: number | null, part: number | null): number | null {
  return total === null || part === null || part > total ? null : total - part;
}

function firstCount(...values: readonly unknown[]): number | null {
  for (const value of values) {
    const count = countOf(value);
    if (count !== null) return count;
  }
  return null;
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** A number, or one written as a string, as some services write money. */
function numberOf(value: unknown): number | null {
  if (typeof value !== 'string') return countOf(value);
  const text = value.trim();
  return text.length > 0 && text.length <= 40 ? countOf(Number(text)) : null;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** A usage that nobody reported: totals, and what of the input is taken from the cache. */
export function estimatedTokenUsage(
  inputTokens: number,
  outputTokens: number,
  cachedInputTokens = 0,
): TokenUsage {
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cachedInputTokens,
    cacheWriteTokens: 0,
    audioInputTokens: 0,
    reasoningTokens: 0,
    audioOutputTokens: 0,
    estimated: true,
  };
}
