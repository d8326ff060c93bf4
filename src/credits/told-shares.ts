/** Shares of what may be spent at which spending is told. Source: the integration guide, "Credit Management". */
export const TOLD_SHARES: readonly number[] = [0.8, 0.95];

const ROUNDING = 1e-12;

/** Whether this share of the limit is spent, whatever the sums of fractions come to. */
export function isShareSpent(share: number, spent: number, limit: number): boolean {
  return spent >= share * limit - ROUNDING;
}
