import type { EventSink } from '../events.js';
import type { CreditStatus, CreditUnit } from '../types.js';
import { isShareSpent, TOLD_SHARES } from './told-shares.js';

export interface CreditThresholdsOptions {
  /** Credits left at which `credits-low` is told. */
  readonly low: number;
  /** Credits left at which `credits-critical` is told. */
  readonly critical: number;
  /** What a credit is in the unit of the account; `null` where nobody knows: the two above do not hold there. */
  readonly creditIn: (unit: CreditUnit) => number | null;
  readonly events: EventSink | undefined;
}

interface KnownBalance {
  readonly remaining: number;
  readonly used: number | null;
  readonly granted: number | null;
  readonly unit: CreditUnit;
}

/** A balance at which to tell. */
interface Threshold {
  isReached(balance: KnownBalance): boolean;
  /** So far above it that the next crossing is news. */
  isWellAbove(balance: KnownBalance): boolean;
  tell(balance: KnownBalance, at: number): void;
}

/** Well above a number of credits left: by a tenth of it. */
const WELL_ABOVE_FACTOR = 1.1;
/** Well away from a share that is used: by so much of what was granted. */
const WELL_AWAY_SHARE = 0.05;

/**
 * Tells once when the balance passes a threshold: a number of credits left, or a share of those granted that
 * is used. Again only after the account was topped up, granted anew or began a new period, and the balance
 * stood well above the threshold. A balance that only rises because the account page does not know yet what
 * was charged here is no such case: the page itself never says that less is used than before.
 */
export class CreditThresholds {
  readonly #thresholds: readonly Threshold[];
  readonly #told = new Set<Threshold>();

  constructor({ low, critical, creditIn, events }: CreditThresholdsOptions) {
    this.#thresholds = [
      remainingThreshold('credits-low', (unit) => timesCredit(low, creditIn(unit)), events),
      remainingThreshold('credits-critical', (unit) => timesCredit(critical, creditIn(unit)), events),
      ...TOLD_SHARES.map((share) => shareThreshold(share, events)),
    ];
  }

  /** @param isRicher Whether the account itself says that more is granted, or less used, than before. */
  consider(
    status: CreditStatus,
    { at, isRicher }: { readonly at: number; readonly isRicher: boolean },
  ): void {
    const { remainingCredits: remaining, usedCredits: used, grantedCredits: granted, unit } = status;
    if (remaining === null) return;
    const balance = { remaining, used, granted, unit };
    for (const threshold of this.#thresholds) {
      if (this.#told.has(threshold)) {
        if (isRicher && threshold.isWellAbove(balance)) this.#told.delete(threshold);
      } else if (threshold.isReached(balance)) {
        this.#told.add(threshold);
        threshold.tell(balance, at);
      }
    }
  }
}

function timesCredit(amount: number, credit: number | null): number | null {
  return credit === null ? null : amount * credit;
}

function remainingThreshold(
  event: 'credits-low' | 'credits-critical',
  thresholdIn: (unit: CreditUnit) => number | null,
  events: EventSink | undefined,
): Threshold {
  const of = ({ unit }: KnownBalance): number => thresholdIn(unit) ?? -Infinity;
  return {
    isReached: (balance) => balance.remaining <= of(balance),
    isWellAbove: (balance) => balance.remaining > of(balance) * WELL_ABOVE_FACTOR,
    tell: (balance, at) => {
      const { remaining: remainingCredits, unit } = balance;
      events?.emit(event, { at, remainingCredits, threshold: of(balance), unit });
    },
  };
}

/** Of an account that was granted nothing, or nobody knows what, no share is used. */
function shareThreshold(share: number, events: EventSink | undefined): Threshold {
  return {
    isReached: ({ used, granted }) =>
      used !== null && granted !== null && granted > 0 && isShareSpent(share, used, granted),
    isWellAbove: ({ used, granted }) =>
      used !== null && granted !== null && used <= (share - WELL_AWAY_SHARE) * granted,
    tell: ({ used, granted, unit }, at) => {
      if (used === null || granted === null) return;
      const spent = { share, spent: used, limit: granted, unit };
      events?.emit('budget-threshold', { at, scope: 'credits', ...spent });
    },
  };
}
