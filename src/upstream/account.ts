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

/** Rates are USD per token, number or string (Abacus RouteLLM). */
function readPrices(item: Record<string, unknown>): ModelPrices | null {
  if (item['free'] === true) return { input: 0, output: 0 };
  const input = readRate(item['input_token_rate']);
  const output = readRate(item['output_token_rate']);
  const cached = readRate(item['cached_input_token_rate']);
  if (input === null || output === null) return null;
  return { input, output, ...(cached === null ? {} : { cached }) };
}

/** USD per 1M tokens out of USD per token; rounded, since 0.00000025 × 1e6 is not 0.25. */
function readRate(value: unknown): number | null {
  const rate = readNumber(value);
  return rate === null || rate < 0 ? null : Number((rate * 1e6).toPrecision(12));
}

function readPositive(value: unknown): number | null {
  const number = readNumber(value);
  return number === null || number <= 0 ? null : number;
}

function readNumber(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
