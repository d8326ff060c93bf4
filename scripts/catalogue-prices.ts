import type { ConditionalPrice, ModelPrice } from '@pydantic/genai-prices';
import type { ConditionalPrices, ModelPrices, TokenPrices } from '../src/types.js';

const MS_PER_MINUTE = 60_000;

type Condition = Pick<ConditionalPrices, 'from' | 'utcMinutes'>;
type Conditional = TokenPrices & { -readonly [Key in keyof ConditionalPrices]: ConditionalPrices[Key] };

/** Our names for the price keys of the list. */
const KEYS: Readonly<Record<keyof TokenPrices, string>> = {
  input: 'input_mtok',
  output: 'output_mtok',
  cached: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
  audioInput: 'input_audio_mtok',
  audioOutput: 'output_audio_mtok',
};

/**
 * The prices of a list entry in our shape; `null` where it has none. Conditions that began before
 * `asOf` become the base, so that the catalogue carries no history.
 */
export function convertPrices(
  listed: ModelPrice | readonly ConditionalPrice[],
  asOf: string,
): ModelPrices | null {
  const entries = Array.isArray(listed)
    ? (listed as readonly ConditionalPrice[])
    : [{ prices: listed as ModelPrice }];
  const asOfMs = Date.parse(asOf);
  let base: TokenPrices | null = null;
  let tiers: Conditional[] = [];
  for (const { constraint, prices } of entries) {
    const condition = conditionOf(constraint);
    const [plain, ...stepped] = stepsOf(prices, condition);
    if (plain === undefined) continue;
    const isBase = condition.utcMinutes === undefined && (condition.from ?? -Infinity) <= asOfMs;
    if (isBase) {
      base = withoutDate(plain);
      tiers = stepped.map(withoutDate);
    } else {
      tiers.push(plain, ...stepped);
    }
  }
  if (base === null) return null;
  return tiers.length === 0 ? base : { ...base, tiers: joinHours(tiers) };
}

/** The prices of one entry: its base, then one per step of input tokens. */
function stepsOf(prices: ModelPrice, condition: Condition): readonly Conditional[] {
  const starts = new Set<number>();
  for (const price of Object.values(prices)) {
    if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start);
  }
  const base = pricesFrom(prices, 0);
  if (base === null) return [];
  const steps: Conditional[] = [{ ...base, ...condition }];
  for (const start of [...starts].sort((a, b) => a - b)) {
    const step = pricesFrom(prices, start + 1);
    if (step !== null) steps.push({ ...step, aboveInputTokens: start, ...condition });
  }
  return steps;
}

/** The prices for a request with so many input tokens; `null` where input or output has none. */
function pricesFrom(prices: ModelPrice, inputTokens: number): TokenPrices | null {
  const found: Partial<Record<keyof TokenPrices, number>> = {};
  for (const [ours, theirs] of Object.entries(KEYS)) {
    const price = prices[theirs];
    if (price === undefined) continue;
    const reached = typeof price === 'object' ? price.tiers.filter(({ start }) => inputTokens > start) : [];
    const flat = typeof price === 'object' ? price.base : price;
    found[ours as keyof TokenPrices] = reached.at(-1)?.price ?? flat;
  }
  const { input, output, ...details } = found;
  return input === undefined || output === undefined ? null : { input, output, ...details };
}

function conditionOf(constraint: ConditionalPrice['constraint']): Condition {
  if (constraint === undefined) return {};
  if (constraint.type === 'start_date') return { from: Date.parse(constraint.start_date) };
  return { utcMinutes: [[minuteOf(constraint.start_time), minuteOf(constraint.end_time)]] };
}

/** The minute of the day of a time as `01:00:00Z`. */
function minuteOf(time: string): number {
  return (Date.parse(`1970-01-01T${time}`) / MS_PER_MINUTE) % (24 * 60);
}

function withoutDate(prices: Conditional): Conditional {
  const dateless = { ...prices };
  delete dateless.from;
  return dateless;
}

/** Neighbouring entries that differ in their hours only become one. */
function joinHours(tiers: readonly Conditional[]): readonly Conditional[] {
  const joined: Conditional[] = [];
  for (const tier of tiers) {
    const { utcMinutes, ...rest } = tier;
    const last = joined.at(-1);
    if (utcMinutes !== undefined && last?.utcMinutes !== undefined) {
      const { utcMinutes: lastMinutes, ...lastRest } = last;
      if (JSON.stringify(rest) === JSON.stringify(lastRest)) {
        last.utcMinutes = [...lastMinutes, ...utcMinutes];
        continue;
      }
    }
    joined.push({ ...tier });
  }
  return joined;
}
