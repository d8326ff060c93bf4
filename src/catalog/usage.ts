import type { Charge, TokenUsage, UsageMismatch } from '../types.js';
import { reportedAmount, reportedCount } from './reported-number.js';

/** Abacus reports compute points; 100 of them are one credit. */
const POINTS_PER_CREDIT = 100;

/** The usage an upstream reported, in our shape, and what it says it charged. */
export interface ReportedUsage {
  readonly usage: TokenUsage;
  readonly charged: Charge | null;
  /** Where what was reported contradicts itself; empty where it adds up. */
  readonly mismatches: readonly UsageMismatch[];
}

type Fields = Readonly<Record<string, unknown>>;

/** The usage a stream chunk carries, wherever it stands; `undefined` where it carries none. */
export function usageOfChunk(chunk: unknown): unknown {
  const fields = fieldsOf(chunk);
  return fields['usage'] ?? fieldsOf(fields['x_groq'])['usage'] ?? undefined;
}

/**
 * The usage object of a response in our shape, whichever service it comes from; `null` where it does
 * not say both how much went in and how much came out. An explicit 0 stays 0. What does not add up is
 * counted as `mismatches` says.
 */
export function normalizeUsage(raw: unknown): ReportedUsage | null {
  const fields = fieldsOf(raw);
  const totals = totalsOf(fields);
  if (totals === null) return null;
  const details = detailsOf(fields);
  const whole = withWhatIsLeftOut(totals, details);
  return {
    usage: usageOf(whole, details),
    charged: chargeOf(raw),
    mismatches: [...mismatchesOfTotals(fields, totals, whole), ...mismatchesOfDetails(whole, details)],
  };
}

/** What a usage object says was charged; `null` where it does not say. */
export function chargeOf(usage: unknown): Charge | null {
  const fields = fieldsOf(usage);
  const points = reportedAmount(fields['compute_points_used']);
  if (points !== null) return { amount: points / POINTS_PER_CREDIT, unit: 'credits' };
  const usd = reportedAmount(fields['cost']);
  return usd === null ? null : { amount: usd, unit: 'usd' };
}

interface Totals {
  readonly input: number;
  readonly output: number;
  /** Both together, as reported; `null` where that is not said. */
  readonly total: number | null;
  /** Cached tokens that were added to the input: a total may count them or not. */
  readonly addedInput: number;
}

function totalsOf(fields: Fields): Totals | null {
  const total = reportedCount(fields['total_tokens']);
  const addedInput = addedInputOf(fields);
  const stated = firstCount(fields, ['prompt_tokens', 'input_tokens']);
  const input = stated === null ? null : stated + addedInput;
  const output = firstCount(fields, ['completion_tokens', 'output_tokens']);
  if (input !== null && output !== null) return { input, output, total, addedInput };
  const rest = total === null ? -1 : total - (input ?? output ?? Infinity);
  return rest < 0 ? null : { input: input ?? rest, output: output ?? rest, total, addedInput };
}

/** Anthropic's `input_tokens` leaves the cached ones out; the same name of OpenAI's Responses API does not. */
function addedInputOf(fields: Fields): number {
  const isAnthropic =
    reportedCount(fields['prompt_tokens']) === null &&
    reportedCount(fields['input_tokens']) !== null &&
    fields['input_tokens_details'] === undefined;
  if (!isAnthropic) return 0;
  const read = reportedCount(fields['cache_read_input_tokens']) ?? 0;
  return read + (reportedCount(fields['cache_creation_input_tokens']) ?? 0);
}

/** A part of a total: what was reported, and whether something stands there that is no count. */
interface Detail {
  readonly tokens: number;
  readonly isUnreadable: boolean;
}

type DetailName = Exclude<keyof TokenUsage, 'inputTokens' | 'outputTokens' | 'totalTokens' | 'estimated'>;
type Details = Readonly<Record<DetailName, Detail>>;

function detailsOf(fields: Fields): Details {
  const input = fieldsOf(fields['prompt_tokens_details'] ?? fields['input_tokens_details']);
  const output = fieldsOf(fields['completion_tokens_details'] ?? fields['output_tokens_details']);
  return {
    cachedInputTokens: detailOf(
      input['cached_tokens'],
      fields['prompt_cache_hit_tokens'],
      fields['cache_read_input_tokens'],
    ),
    cacheWriteTokens: detailOf(input['cache_write_tokens'], fields['cache_creation_input_tokens']),
    audioInputTokens: detailOf(input['audio_tokens']),
    reasoningTokens: detailOf(output['reasoning_tokens'], fields['reasoning_tokens']),
    audioOutputTokens: detailOf(output['audio_tokens']),
  };
}

/** One detail under its names: the largest, since gateways fill in a 0 under the name they do not know. */
function detailOf(...named: readonly unknown[]): Detail {
  const said = named.filter((value) => value !== undefined && value !== null);
  const counts = said.map(reportedCount).filter((count) => count !== null);
  return { tokens: Math.max(0, ...counts), isUnreadable: said.length > 0 && counts.length === 0 };
}

/** Totals with what a service left out of them. */
interface WholeTotals extends Totals {
  /** Whether what was added is taken for output without anything that says so. */
  readonly isGuessed: boolean;
}

/**
 * Details are parts of their totals, but where the reported total is larger than input and output, something
 * was left out of these: xAI and Gemini leave the reasoning out of `completion_tokens`, some gateways the cached tokens out
 * of `prompt_tokens`. What nobody explains is taken for output, as reasoning that is not shown: a ledger must
 * not be under what is billed.
 */
function withWhatIsLeftOut(totals: Totals, details: Details): WholeTotals {
  const { input, output, total } = totals;
  const rest = total === null ? 0 : total - input - output;
  if (rest <= 0) return { ...totals, isGuessed: false };
  const reasoning = details.reasoningTokens.tokens;
  const cached = details.cachedInputTokens.tokens + details.cacheWriteTokens.tokens;
  if (rest !== reasoning && rest === cached) return { ...totals, input: input + rest, isGuessed: false };
  if (rest !== reasoning && rest === reasoning + cached)
    return { ...totals, input: input + cached, output: output + reasoning, isGuessed: false };
  return { ...totals, output: output + rest, isGuessed: rest !== reasoning };
}

function mismatchesOfTotals(fields: Fields, stated: Totals, whole: WholeTotals): readonly UsageMismatch[] {
  const mismatches: UsageMismatch[] = [];
  const { input, output, total, addedInput } = whole;
  if (whole.isGuessed)
    mismatches.push({ field: 'outputTokens', problem: 'sum', reported: stated.output, counted: output });
  const counted = input + output;
  if (total !== null && total !== counted && total !== counted - addedInput)
    mismatches.push({ field: 'totalTokens', problem: 'sum', reported: total, counted });
  // DeepSeek's two halves of the input.
  const hit = reportedCount(fields['prompt_cache_hit_tokens']);
  const miss = reportedCount(fields['prompt_cache_miss_tokens']);
  if (hit !== null && miss !== null && hit + miss !== input)
    mismatches.push({ field: 'inputTokens', problem: 'sum', reported: hit + miss, counted: input });
  return mismatches;
}

const DETAIL_NAMES = [
  'cachedInputTokens',
  'cacheWriteTokens',
  'audioInputTokens',
  'reasoningTokens',
  'audioOutputTokens',
] as const satisfies readonly DetailName[];

function mismatchesOfDetails(whole: Totals, details: Details): readonly UsageMismatch[] {
  const usage = usageOf(whole, details);
  return DETAIL_NAMES.flatMap((field): UsageMismatch[] => {
    const { tokens, isUnreadable } = details[field];
    const counted = usage[field];
    if (isUnreadable) return [{ field, problem: 'unreadable', reported: null, counted }];
    // Sound that was read from the cache is a part of both.
    const most = field === 'audioInputTokens' ? whole.input : counted;
    return tokens > most ? [{ field, problem: 'above-total', reported: tokens, counted }] : [];
  });
}

/** Details larger than their total are cut to it: what is cached first, then what is written. */
function usageOf({ input, output }: Totals, details: Details): TokenUsage {
  const cachedInputTokens = Math.min(details.cachedInputTokens.tokens, input);
  const cacheWriteTokens = Math.min(details.cacheWriteTokens.tokens, input - cachedInputTokens);
  const leftOfInput = input - cachedInputTokens - cacheWriteTokens;
  return {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input + output,
    cachedInputTokens,
    cacheWriteTokens,
    audioInputTokens: Math.min(details.audioInputTokens.tokens, leftOfInput),
    reasoningTokens: Math.min(details.reasoningTokens.tokens, output),
    audioOutputTokens: Math.min(details.audioOutputTokens.tokens, output),
    estimated: false,
  };
}

function firstCount(fields: Fields, names: readonly string[]): number | null {
  for (const name of names) {
    const count = reportedCount(fields[name]);
    if (count !== null) return count;
  }
  return null;
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
