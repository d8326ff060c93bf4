import { reportedAmount } from '../catalog/reported-number.js';
import type { ListedModel, ModelPrices } from '../types.js';
import { isObject } from './response.js';

/**
 * Reads `GET /models` of any service: what it does not say is unknown, never free and never 0.
 * `null` where it is no list at all.
 */
export function readModels(value: unknown): readonly ListedModel[] | null {
  // Some services send the bare list, and some `null` for an empty one.
  const items: unknown = isObject(value)
    ? (value['data'] ?? (value['object'] === 'list' ? [] : null))
    : value;
  if (!Array.isArray(items)) return null;
  return (items as unknown[]).flatMap((item) =>
    isObject(item) && typeof item['id'] === 'string' ? [readModel(item, item['id'])] : [],
  );
}

function readModel(item: Record<string, unknown>, id: string): ListedModel {
  const modalities = item['input_modalities'];
  return {
    id,
    ownedBy: typeof item['owned_by'] === 'string' ? item['owned_by'] : null,
    prices: readPrices(item),
    contextWindow: readPositive(item['context_length']),
    maxOutput: readPositive(item['max_completion_tokens']),
    vision: Array.isArray(modalities) ? modalities.includes('image') : null,
    unlimited: item['free'] === true,
  };
}

/** Rates are USD per token, number or string: beside the model (Abacus RouteLLM) or in its `pricing`. */
function readPrices(item: Record<string, unknown>): ModelPrices | null {
  if (item['free'] === true) return { input: 0, output: 0 };
  const { pricing } = item;
  if (isObject(pricing)) return readPricing(pricing);
  return pricesOf({
    input: item['input_token_rate'],
    output: item['output_token_rate'],
    cached: item['cached_input_token_rate'],
  });
}

/** `pricing` as OpenRouter (prompt, completion) and Vercel's gateway (input, output) list it. */
function readPricing(pricing: Record<string, unknown>): ModelPrices | null {
  // With a fee for each request its tokens alone are not what it costs.
  if (readNumber(pricing['request'] ?? 0) !== 0) return null;
  return pricesOf({
    input: pricing['prompt'] ?? pricing['input'],
    output: pricing['completion'] ?? pricing['output'],
    cached: pricing['input_cache_read'],
    cacheWrite: pricing['input_cache_write'],
  });
}

function pricesOf(
  rates: Readonly<Record<'input' | 'output' | 'cached', unknown>> & { readonly cacheWrite?: unknown },
): ModelPrices | null {
  const input = readRate(rates.input);
  const output = readRate(rates.output);
  if (input === null || output === null) return null;
  const cached = readRate(rates.cached);
  const cacheWrite = readRate(rates.cacheWrite);
  return {
    input,
    output,
    ...(cached === null ? {} : { cached }),
    ...(cacheWrite === null ? {} : { cacheWrite }),
  };
}

/** A dollar cent for one token is dearer than any model: whoever lists more means another unit. */
const HIGHEST_RATE = 0.01;

/** USD per 1M tokens out of USD per token; rounded, since 0.00000025 × 1e6 is not 0.25. */
function readRate(value: unknown): number | null {
  const rate = reportedAmount(value);
  return rate === null || rate > HIGHEST_RATE ? null : Number((rate * 1e6).toPrecision(12));
}

function readPositive(value: unknown): number | null {
  const number = readNumber(value);
  return number === null || number <= 0 ? null : number;
}

function readNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
