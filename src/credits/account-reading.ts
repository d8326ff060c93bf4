import type { CreditUnit } from '../types.js';
import { knownAmount } from './booking.js';

/** What an account page says, in one unit. `null` is unknown. */
export interface AccountReading {
  readonly usedCredits: number | null;
  readonly grantedCredits: number | null;
  /** @default granted less used */
  readonly remainingCredits?: number | null;
  /** @default 'credits' */
  readonly unit?: CreditUnit;
  /** How far the page lags behind. @default unknown */
  readonly lagSeconds?: number | null;
}

/** What was made of a page, and when it was asked for, epoch milliseconds. */
export interface Reading extends Required<AccountReading> {
  readonly asOf: number;
}

/** What of a reading can be counted; what is left may be told by the other two figures. */
export function knownReading(given: AccountReading): Required<AccountReading> {
  const usedCredits = knownAmount(given.usedCredits);
  const grantedCredits = knownAmount(given.grantedCredits);
  const isComplete = usedCredits !== null && grantedCredits !== null;
  return {
    usedCredits,
    grantedCredits,
    remainingCredits:
      knownAmount(given.remainingCredits ?? null) ??
      (isComplete ? Math.max(0, grantedCredits - usedCredits) : null),
    unit: given.unit ?? 'credits',
    lagSeconds: knownAmount(given.lagSeconds ?? null),
  };
}

/** Whether the account says that more is granted or left, or less used, than it said before. */
export function isRicher(reading: Reading, previous: Reading | null): boolean {
  if (reading.remainingCredits === null) return false;
  if (previous?.unit !== reading.unit || previous.remainingCredits === null) return true;
  return (
    isMore(reading.grantedCredits, previous.grantedCredits) ||
    isMore(previous.usedCredits, reading.usedCredits) ||
    reading.remainingCredits > previous.remainingCredits
  );
}

/** How much more the account says is used than it said before; `null` where that is another account or period. */
export function shownSince(reading: Reading, previous: Reading | null): number | null {
  if (previous === null) return 0;
  if (previous.unit !== reading.unit) return null;
  if (reading.usedCredits !== null && previous.usedCredits !== null) {
    const shown = reading.usedCredits - previous.usedCredits;
    return shown < 0 ? null : shown;
  }
  if (reading.remainingCredits === null || previous.remainingCredits === null) return 0;
  return Math.max(0, previous.remainingCredits - reading.remainingCredits);
}

function isMore(amount: number | null, than: number | null): boolean {
  return amount !== null && than !== null && amount > than;
}
