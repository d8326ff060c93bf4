import {
  type ConditionalPrices,
  type ListedModel,
  type ModelCapability,
  type ModelPrices,
  ModelTier,
  type TokenPrices,
} from '../types.js';
import type { ModelEntry } from './model-validation.js';

type Changes = { -readonly [Key in keyof ModelCapability]?: ModelCapability[Key] };

/** What the layers know of one model, the weightiest first. */
export interface ModelLayers {
  readonly user: ModelEntry | undefined;
  readonly listed: ListedModel | undefined;
  /** The provider that lists it. */
  readonly provider: string | undefined;
  readonly shipped: ModelCapability | undefined;
  /** The user says that it bills nothing. */
  readonly unlimited: boolean;
  /** The user counts it among the premium ones. */
  readonly premium: boolean;
  /** It was charged for, whatever anybody says. */
  readonly billed: boolean;
}

/** One capability of what the layers say: user > listing > shipped > unknown. */
export function mergeModel(name: string, layers: ModelLayers): ModelCapability {
  const { user, listed, shipped, provider } = layers;
  const base: ModelCapability = {
    ...shipped,
    ...(listed === undefined ? {} : changesOfListing(listed, shipped)),
    ...(provider === undefined ? {} : { provider }),
    name,
  };
  const merged = user === undefined ? base : applyUser(base, user);
  const aliases = aliasesOf(name, shipped, merged);
  return Object.freeze({
    ...merged,
    name,
    ...(aliases.length === 0 ? {} : { aliases }),
    ...changesOfWords(merged, layers),
  });
}

/** What was said of the model beside its entries. */
function changesOfWords(merged: ModelCapability, { user, premium, unlimited, billed }: ModelLayers): Changes {
  const changes: Changes = {};
  if (premium && user?.tier === undefined) changes.tier = ModelTier.PREMIUM;
  if (unlimited && user?.unlimited !== false) changes.unlimited = true;
  if (!billed) return changes;
  changes.unlimited = false;
  // A price of nothing was wrong: the true one is unknown.
  if (isFree(merged)) changes.prices = null;
  return changes;
}

function isFree({ prices }: ModelCapability): boolean {
  return prices?.input === 0 && prices.output === 0;
}

/** What the upstream's listing says, in place of what is shipped. */
function changesOfListing(listed: ListedModel, shipped: ModelCapability | undefined): Changes {
  const changes: Changes = {};
  const prices = knownPrices(listed.prices);
  if (prices !== null) changes.prices = overlayPrices(prices, shipped?.prices ?? null);
  if (isSize(listed.contextWindow)) changes.contextWindow = listed.contextWindow;
  if (isSize(listed.maxOutput)) changes.maxOutput = listed.maxOutput;
  if (listed.vision !== null) changes.abilities = { ...shipped?.abilities, vision: listed.vision };
  if (listed.unlimited) changes.unlimited = true;
  if (routesItself(listed.id)) changes.routesItself = true;
  return changes;
}

/**
 * The listed rates. What the listing leaves out (cached, tiers by size) keeps its shipped proportion to input
 * or output: a host that charges another base charges those in step. Hours and dates of the maker are not the
 * host's, whose list says what holds now.
 */
function overlayPrices(listed: ModelPrices, shipped: ModelPrices | null): ModelPrices {
  if (shipped === null) return listed;
  const factors: Factors = {
    input: shipped.input > 0 ? listed.input / shipped.input : 1,
    output: shipped.output > 0 ? listed.output / shipped.output : 1,
  };
  const { tiers, ...base } = shipped;
  const overlaid: ModelPrices = { ...scale(base, factors), ...listed };
  if (listed.tiers !== undefined || tiers === undefined) return overlaid;
  return { ...overlaid, tiers: tiers.filter(isTimeless).map((tier) => scale(tier, factors)) };
}

function isTimeless({ from, until, utcMinutes }: ConditionalPrices): boolean {
  return from === undefined && until === undefined && utcMinutes === undefined;
}

interface Factors {
  readonly input: number;
  readonly output: number;
}

const SIDES = {
  input: 'input',
  cached: 'input',
  cacheWrite: 'input',
  audioInput: 'input',
  output: 'output',
  audioOutput: 'output',
} as const satisfies Record<keyof TokenPrices, keyof Factors>;
const RATES = Object.keys(SIDES) as readonly (keyof TokenPrices)[];
const DETAIL_RATES = ['cached', 'cacheWrite', 'audioInput', 'audioOutput'] as const;

function scale<Prices extends TokenPrices>(prices: Prices, factors: Factors): Prices {
  const scaled: Partial<Record<keyof TokenPrices, number>> = {};
  for (const rate of RATES) {
    const price = prices[rate];
    if (price !== undefined) scaled[rate] = price * factors[SIDES[rate]];
  }
  return { ...prices, ...scaled };
}

/** A short form given by the user replaces the long form below it, and the other way round. */
function withoutSupersededForms(base: ModelCapability, user: ModelEntry): ModelCapability {
  const kept: Changes & { name: string } = { ...base };
  if (user.prices !== undefined || user.costPerToken !== undefined) {
    delete kept.prices;
    delete kept.costPerToken;
  }
  if (user.quality !== undefined || user.qualityScore !== undefined) {
    delete kept.quality;
    delete kept.qualityScore;
  }
  return kept;
}

/** What the entry says, over what it leaves unsaid; the window always under `contextWindow`. */
function applyUser(base: ModelCapability, user: ModelEntry): ModelCapability {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(user);
  const changes: Changes = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  if (user.abilities !== undefined) changes.abilities = { ...base.abilities, ...user.abilities };
  if (user.parameters !== undefined) changes.parameters = { ...base.parameters, ...user.parameters };
  if (user.contextWindow === undefined && user.maxTokens !== undefined) {
    changes.contextWindow = user.maxTokens;
  }
  return { ...withoutSupersededForms(base, user), ...changes };
}

/** A model known under an alias answers to its shipped name and its other aliases too. */
function aliasesOf(
  name: string,
  shipped: ModelCapability | undefined,
  merged: ModelCapability,
): readonly string[] {
  const all = new Set([...(merged.aliases ?? []), ...(shipped?.aliases ?? [])]);
  if (shipped !== undefined) all.add(shipped.name);
  all.delete(name);
  return [...all];
}

/** The service's own routers, whatever variant it adds: `route-llm`, `route-llm-code`, …. */
function routesItself(id: string): boolean {
  return id === 'route-llm' || id.startsWith('route-llm-');
}

/** Rates an upstream cannot mean, as the −1 some list for their routers, are unknown: `null` without both sides. */
function knownPrices(listed: ModelPrices | null): ModelPrices | null {
  if (listed === null) return null;
  const { tiers, ...rates } = listed;
  const known = knownRates(rates);
  if (known === null) return null;
  if (tiers === undefined) return known;
  return { ...known, tiers: tiers.map(knownRates).filter((tier) => tier !== null) };
}

/** The same without rates that are none; `null` where input or output has none. */
function knownRates<Prices extends TokenPrices>(prices: Prices): Prices | null {
  if (!isRate(prices.input) || !isRate(prices.output)) return null;
  const wrong: readonly string[] = DETAIL_RATES.filter((rate) => !isRate(prices[rate] ?? 0));
  if (wrong.length === 0) return prices;
  return Object.fromEntries(Object.entries(prices).filter(([name]) => !wrong.includes(name))) as Prices;
}

function isRate(price: number): boolean {
  return price >= 0 && Number.isFinite(price);
}

function isSize(tokens: number | null): tokens is number {
  return tokens !== null && tokens > 0 && Number.isFinite(tokens);
}
