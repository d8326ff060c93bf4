import type { ConditionalPrices, ModelPrices } from '../types.js';

/** What services call the tier that their price list is about; `auto` is only ever asked for. */
const STANDARD: ReadonlySet<string> = new Set(['auto', 'default', 'standard', 'on_demand']);

/** The tier a completion, or a chunk of one, was served in, as it says; `null` where it does not say. */
export function serviceTierOf(answer: object): string | null {
  const { service_tier: tier, usage } = answer as Readonly<Record<string, unknown>>;
  if (typeof tier === 'string' && tier !== '') return tier;
  // Anthropic's says it in the usage.
  const inUsage = (usage as { readonly service_tier?: unknown } | null | undefined)?.service_tier;
  return typeof inUsage === 'string' && inUsage !== '' ? inUsage : null;
}

/**
 * The prices that hold in a service tier; `null` where nobody states them: half or twice the standard price is
 * usual, and not the same everywhere. What costs nothing costs nothing in any tier.
 * @param tier As the answer, or the request, names it; `null` for the standard one.
 */
export function pricesInTier(prices: ModelPrices | null, tier: string | null): ModelPrices | null {
  if (prices === null || tier === null || STANDARD.has(tier)) return prices;
  const entries = (prices.tiers ?? []).filter(({ serviceTier }) => serviceTier === tier);
  if (entries.length === 0) return isFree(prices) ? prices : null;
  const own = entries.map(withoutServiceTier);
  // The last whose conditions hold wins: nothing before an entry that always holds is ever reached.
  const place = own.findLastIndex(isUnconditional);
  const base = own[place];
  // Without one, requests below a threshold or outside of hours have no price.
  return base === undefined ? null : { ...base, tiers: own.slice(place + 1) };
}

/**
 * For a bound: the prices of a tier and, among their conditions, those of the standard one. Services that know no
 * tiers serve what they do not name. `null` where a price is unknown.
 */
export function pricesInTierOrStandard(prices: ModelPrices | null, tier: string | null): ModelPrices | null {
  const own = pricesInTier(prices, tier);
  if (prices === null || own === null || own === prices) return own;
  const { tiers = [], ...base } = prices;
  const standard = tiers.filter(({ serviceTier }) => serviceTier === undefined);
  return { ...own, tiers: [...(own.tiers ?? []), base, ...standard] };
}

function isFree({ input, output, tiers = [] }: ModelPrices): boolean {
  return input === 0 && output === 0 && tiers.length === 0;
}

function withoutServiceTier(entry: ConditionalPrices): ConditionalPrices {
  const prices: { -readonly [Key in keyof ConditionalPrices]: ConditionalPrices[Key] } = { ...entry };
  delete prices.serviceTier;
  return prices;
}

function isUnconditional({ aboveInputTokens, from, until, utcMinutes }: ConditionalPrices): boolean {
  return (
    aboveInputTokens === undefined && from === undefined && until === undefined && utcMinutes === undefined
  );
}
