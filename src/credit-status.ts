/** Whether money is plentiful: plain, below the low threshold, or below the critical one. */
export type CreditsMode = 'normal' | 'low' | 'critical';

/** Where a credit figure comes from, best first. */
export type CreditStatusSource = 'account' | 'account+local' | 'estimate' | 'unknown';

/** What an account is counted in: `credits`, or a currency by its code in small letters, as `usd`. Never mixed. */
export type CreditUnit = string;

/** The credits left, as far as they can be known. `null` is unknown; it is never a guess. */
export interface CreditStatus {
  readonly remainingCredits: number | null;
  readonly usedCredits: number | null;
  readonly grantedCredits: number | null;
  /** What the figures are counted in. */
  readonly unit: CreditUnit;
  readonly source: CreditStatusSource;
  /** Epoch milliseconds at which the upstream's part of the figure was read. */
  readonly asOf: number | null;
  /** How far the upstream's own figure may lag, in seconds. */
  readonly lagSeconds: number | null;
}
