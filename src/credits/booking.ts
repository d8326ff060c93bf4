import { inUsd } from '../catalog/charge.js';
import { ConfigurationError } from '../errors.js';
import type { Charge, CreditUnit } from '../types.js';

/** What money is counted in. The two are never added to one another. */
export type MoneyUnit = Charge['unit'];

/** How an attempt ended, as far as money goes. `null` is unknown. */
export interface AttemptCost {
  /** Computed from usage and price. */
  readonly costUsd: number | null;
  /** What the upstream says it charged. */
  readonly charged: Charge | null;
}

/**
 * The most an attempt can cost in a unit; `null` where that cannot be known beforehand.
 * What costs nothing costs nothing in any unit.
 */
export function boundIn(
  unit: MoneyUnit,
  boundUsd: number | null,
  creditsPerUsd: number | null,
): number | null {
  return unit === 'usd' ? boundUsd : convert(boundUsd, creditsPerUsd);
}

/**
 * What an attempt cost in a unit: USD as computed or as charged, whichever is more; credits as charged, else as
 * computed. What is told in the other unit counts where a rate is given. `null` where none of these is known.
 */
export function costIn(unit: MoneyUnit, cost: AttemptCost, creditsPerUsd: number | null): number | null {
  const { charged } = cost;
  if (unit === 'credits' && charged?.unit === 'credits') return charged.amount;
  const chargedUsd = charged === null ? null : inUsd(charged, creditsPerUsd ?? undefined);
  const costUsd = chargedUsd === null ? cost.costUsd : Math.max(cost.costUsd ?? 0, chargedUsd);
  return unit === 'usd' ? costUsd : convert(costUsd, creditsPerUsd);
}

/** The same cost with what cannot be counted (NaN, negative, infinite) as unknown. */
export function knownCost({ costUsd, charged }: AttemptCost): AttemptCost {
  const isCounted = charged !== null && knownAmount(charged.amount) !== null;
  return { costUsd: knownAmount(costUsd), charged: isCounted ? charged : null };
}

/** An amount that can be counted: finite and not negative; all else is unknown. */
export function knownAmount(amount: number | null): number | null {
  return amount !== null && Number.isFinite(amount) && amount >= 0 ? amount : null;
}

/** What a credit is in the unit of an account; `null` where nobody knows. */
export function creditIn(unit: CreditUnit, creditsPerUsd: number | null): number | null {
  if (unit === 'credits') return 1;
  return unit === 'usd' && creditsPerUsd !== null ? 1 / creditsPerUsd : null;
}

function convert(amountUsd: number | null, creditsPerUsd: number | null): number | null {
  if (amountUsd === 0) return 0;
  return amountUsd === null || creditsPerUsd === null ? null : amountUsd * creditsPerUsd;
}

/** @throws {ConfigurationError} where what a USD is in credits is no finite number above 0. */
export function checkRate(creditsPerUsd: number | null): void {
  if (creditsPerUsd === null || (creditsPerUsd > 0 && creditsPerUsd < Infinity)) return;
  throw new ConfigurationError(
    'credits.creditsPerUsd',
    `credits.creditsPerUsd must be a finite number above 0, got ${creditsPerUsd}. Leave it out if unknown.`,
  );
}
