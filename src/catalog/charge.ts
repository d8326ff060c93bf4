import type { Charge } from '../types.js';

/** By which part of the larger of the two a charge may depart from what was computed before it is told. */
const TOLERATED_SHARE = 0.02;
/** Compute points are whole: a charge in credits is exact to one of them, a hundredth of a credit. */
const ROUNDED_CREDITS = 0.01;
/** What sums of a few products of doubles may be off by. */
const ROUNDED_SHARE = 1e-9;

/** How far what was charged is from what was computed. */
interface ChargeDeviation {
  readonly computedUsd: number;
  readonly chargedUsd: number;
  /** The difference as a part of the larger of the two, 0..1. */
  readonly share: number;
}

/**
 * The deviation of a charge by more than 2 %; `null` where there is none, and where the two cannot be compared: no
 * price is known, or credits are charged and nobody says what they are worth.
 */
export function chargeDeviation(
  computedUsd: number | null,
  charged: Charge | null,
  creditsPerUsd: number | undefined,
): ChargeDeviation | null {
  const chargedUsd = charged === null ? null : inUsd(charged, creditsPerUsd);
  if (computedUsd === null || charged === null || chargedUsd === null) return null;
  const difference = Math.abs(chargedUsd - computedUsd);
  const roundedUsd =
    charged.unit === 'credits' ? (inUsd({ ...charged, amount: ROUNDED_CREDITS }, creditsPerUsd) ?? 0) : 0;
  if (difference <= roundedUsd) return null;
  const share = difference / Math.max(chargedUsd, computedUsd);
  return share > TOLERATED_SHARE + ROUNDED_SHARE ? { computedUsd, chargedUsd, share } : null;
}

/** `null` where the rate of the plan is not known. */
export function inUsd({ amount, unit }: Charge, creditsPerUsd: number | undefined): number | null {
  if (unit === 'usd') return amount;
  return creditsPerUsd === undefined ? null : amount / creditsPerUsd;
}
