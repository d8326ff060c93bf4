import { inUsd } from '../catalog/charge.js';
import { costUsd, pricesOf } from '../catalog/cost.js';
import { pricesInTier } from '../catalog/service-tier.js';
import type { RouteLLError } from '../errors.js';
import type { AttemptRow } from '../stores.js';
import type { Charge, ModelPrices, TokenUsage, UsageMismatch } from '../types.js';
import { mayBeBilled } from '../upstream/failure.js';
import type { CallParts } from './parts.js';
import type { PlanStep } from './plan-step.js';

/** What an attempt used, and what the upstream says it charged. */
export interface Consumption {
  readonly usage: TokenUsage;
  readonly charged: Charge | null;
  /** Where the reported usage contradicts itself. */
  readonly mismatches?: readonly UsageMismatch[];
  /** The model that the upstream says answered. */
  readonly servedModel?: string;
  /** The service tier that the upstream says it answered in; `null` where it does not say. */
  readonly serviceTier?: string | null;
}

/**
 * What an attempt cost by usage and price; `null` where the price is unknown. A charge for a model that is
 * held to bill nothing goes before that: the catalogue then takes it for unlimited no more.
 * @param attempt.at Epoch milliseconds at which it began.
 */
export function attemptCostUsd(
  parts: CallParts,
  step: PlanStep,
  { consumption, at }: { readonly consumption: Consumption | null; readonly at: number },
): number | null {
  if (consumption === null) return 0;
  const { charged, usage } = consumption;
  const { model, provider } = step;
  const { creditsPerUsd } = parts.options.credits;
  if (model.unlimited !== true || charged === null || !(charged.amount > 0)) {
    const prices = pricesInTier(pricesOfServed(parts, step, consumption), consumption.serviceTier ?? null);
    const computed = costUsd(prices, usage, at);
    // `false` is said of what proved to be billed, and then nobody has a price.
    const isProvedBilled = model.unlimited === false && charged !== null;
    return computed === null && isProvedBilled ? inUsd(charged, creditsPerUsd) : computed;
  }
  parts.catalog.markBilled(model.name);
  parts.logger.warn(
    `${model.name} is held to be unlimited, and ${provider.id} charged for it: take it off unlimitedModels`,
  );
  return inUsd(charged, creditsPerUsd);
}

/** Where the upstream routes by itself, the price is that of the model it says answered. */
function pricesOfServed(
  { catalog }: CallParts,
  { model, prices }: PlanStep,
  { servedModel }: Consumption,
): ModelPrices | null {
  if (model.routesItself !== true || servedModel === undefined || servedModel === model.name) return prices;
  const served = catalog.get(servedModel);
  return served === undefined ? prices : (pricesOf(served) ?? prices);
}

/** Whether the upstream charged for an attempt that failed. */
export function billedBy(error: RouteLLError, { usage, charged }: Consumption): AttemptRow['billed'] {
  if (charged !== null || !usage.estimated) return 'yes';
  return mayBeBilled(error) ? 'unknown' : 'no';
}
