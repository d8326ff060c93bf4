import type {
  ConditionalPrices,
  CreditsMode,
  ModelCapability,
  ModelPrices,
  TokenPrices,
  TokenUsage,
} from '../types.js';

const TOKENS_PER_PRICE = 1e6;
const MS_PER_MINUTE = 60_000;
const MINUTES_PER_DAY = 1440;
/** A price that starts within this time of a request may still be the one it is billed at. */
const DATE_MARGIN_MS = 24 * 60 * MS_PER_MINUTE;

const FREE: ModelPrices = { input: 0, output: 0 };

/** How many times a cost counts when models are compared, by how plentiful credits are. */
export const COST_MULTIPLIERS: Readonly<Record<CreditsMode, number>> = { normal: 1, low: 2, critical: 4 };

/** A request as far as its price depends on it. */
export interface RequestTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Epoch milliseconds: leaves out prices of other dates. @default every date may hold */
  readonly at?: number;
}

/** What a model is billed at, in USD per 1M tokens; `null` where nobody says. Unlimited models bill nothing. */
export function pricesOf(
  model: Pick<ModelCapability, 'prices' | 'costPerToken' | 'unlimited'>,
): ModelPrices | null {
  if (model.unlimited === true) return FREE;
  if (model.prices) return model.prices;
  if (model.costPerToken === undefined) return null;
  const perMillion = model.costPerToken * TOKENS_PER_PRICE;
  return { input: perMillion, output: perMillion };
}

/**
 * The prices that hold for a request with so many input tokens at an instant, epoch milliseconds, or
 * `null` for those that hold at no particular date or hour. The whole request is priced at the tier it
 * reaches. Those of another service tier come out by `pricesInTier` first.
 */
export function pricesAt(prices: ModelPrices, inputTokens: number, at: number | null): TokenPrices {
  return (
    prices.tiers?.findLast(
      (tier) =>
        tier.serviceTier === undefined &&
        inputTokens > (tier.aboveInputTokens ?? -1) &&
        (at === null ? isTimeless(tier) : isWithinDates(tier, at) && isWithinHours(tier, at)),
    ) ?? prices
  );
}

function isTimeless({ from, until, utcMinutes }: ConditionalPrices): boolean {
  return from === undefined && until === undefined && utcMinutes === undefined;
}

function isWithinDates({ from = -Infinity, until = Infinity }: ConditionalPrices, at: number): boolean {
  return at >= from && at < until;
}

function isWithinHours({ utcMinutes }: ConditionalPrices, at: number): boolean {
  if (utcMinutes === undefined) return true;
  const sinceEpoch = Math.floor(at / MS_PER_MINUTE);
  const minute = ((sinceEpoch % MINUTES_PER_DAY) + MINUTES_PER_DAY) % MINUTES_PER_DAY;
  return utcMinutes.some(([start, end]) => minute >= start && minute < end);
}

/**
 * What a request costs, in USD; `null` where the price is unknown or the usage is no number.
 * Every detail of the usage is a part of its total, and what has no rate of its own is billed as its
 * total is: (input − cached − cacheWrite − audio)·in + cached·cached + … + (output − audio)·out + ….
 */
export function costUsd(prices: ModelPrices | null, usage: TokenUsage, at: number | null): number | null {
  if (prices === null) return null;
  const rates = pricesAt(prices, usage.inputTokens, at);
  const cached = notNegative(usage.cachedInputTokens);
  const written = notNegative(usage.cacheWriteTokens);
  const heard = notNegative(usage.audioInputTokens);
  const spoken = notNegative(usage.audioOutputTokens);
  const total =
    notNegative(usage.inputTokens - cached - written - heard) * rates.input +
    cached * (rates.cached ?? rates.input) +
    written * (rates.cacheWrite ?? rates.input) +
    heard * (rates.audioInput ?? rates.input) +
    notNegative(usage.outputTokens - spoken) * rates.output +
    spoken * (rates.audioOutput ?? rates.output);
  return Number.isFinite(total) ? total / TOKENS_PER_PRICE : null;
}

function notNegative(tokens: number): number {
  return tokens < 0 ? 0 : tokens;
}

/**
 * USD per token as `maxCostPerToken` compares it: (3·input + output) / 4e6, three input tokens to one
 * of output; `null` where the price is unknown. Without an instant (epoch milliseconds) the base price.
 */
export function costPerToken(
  model: Pick<ModelCapability, 'prices' | 'costPerToken' | 'unlimited'>,
  at: number | null = null,
): number | null {
  if (model.unlimited !== true && !model.prices) return model.costPerToken ?? null;
  const prices = pricesOf(model);
  if (prices === null) return null;
  const { input, output } = pricesAt(prices, 0, at);
  return (3 * input + output) / (4 * TOKENS_PER_PRICE);
}

interface Rates {
  readonly input: number;
  readonly output: number;
}

/**
 * The most a request can cost, in USD: every tier its tokens can reach, at any hour, with the dearest
 * kind of input and output token.
 */
export function dearestCostUsd(prices: ModelPrices, request: RequestTokens): number {
  const inputTokens = notNegative(request.inputTokens);
  const outputTokens = notNegative(request.outputTokens);
  const totals = reachableRates(prices, inputTokens, request.at).map(
    ({ input, output }) => inputTokens * input + outputTokens * output,
  );
  return Math.max(...totals) / TOKENS_PER_PRICE;
}

/**
 * The largest number of output tokens whose dearest cost is within the budget: 0 where not even the
 * input is, `Infinity` where output is free.
 */
export function affordableOutputTokens(
  prices: ModelPrices,
  request: { readonly inputTokens: number; readonly budgetUsd: number; readonly at?: number },
): number {
  const inputTokens = notNegative(request.inputTokens);
  const budget = request.budgetUsd * TOKENS_PER_PRICE;
  let affordable = Infinity;
  for (const { input, output } of reachableRates(prices, inputTokens, request.at)) {
    const left = budget - inputTokens * input;
    // Written so that a budget of NaN affords nothing.
    if (!(left >= 0)) return 0;
    if (output > 0) affordable = Math.min(affordable, Math.floor(left / output));
  }
  // The division may round up past the budget; one token less never does.
  const isTooMuch =
    Number.isFinite(affordable) &&
    affordable > 0 &&
    dearestCostUsd(prices, { ...request, outputTokens: affordable }) > request.budgetUsd;
  return isTooMuch ? affordable - 1 : affordable;
}

/** The dearest rates of the base and of each tier that a request of at most so many input tokens can reach. */
function reachableRates(
  prices: ModelPrices,
  inputTokens: number,
  at: number | undefined,
): readonly [Rates, ...Rates[]] {
  const reachable = (prices.tiers ?? []).filter(
    (tier) =>
      tier.serviceTier === undefined &&
      inputTokens > (tier.aboveInputTokens ?? -1) &&
      (at === undefined ||
        ((tier.from ?? -Infinity) <= at + DATE_MARGIN_MS && at < (tier.until ?? Infinity))),
  );
  return [dearestRates(prices), ...reachable.map(dearestRates)];
}

function dearestRates(prices: TokenPrices): Rates {
  const { input, output } = prices;
  return {
    input: Math.max(input, prices.cached ?? 0, prices.cacheWrite ?? 0, prices.audioInput ?? 0),
    output: Math.max(output, prices.audioOutput ?? 0),
  };
}
