/** A budget in its period, as far as pacing goes by it. */
export interface PacedBudget {
  /** In the unit of the budget; above 0. */
  readonly limit: number;
  /** What was spent of it, in the same unit. */
  readonly spent: number;
  /** The share of the period's demand that is still to come, 0..1. */
  readonly demandLeft: number;
}

/**
 * What is paced towards: the rest is for a rush at the very end, even at the cheapest models, and for bounds above
 * costs. In simulated months (`npm run eval:pacing`) 0.95 ran out in up to 3 of 50, 0.93 in up to 2.
 */
const TARGET_SHARE = 0.93;
/** How steeply the factor rises: at 1.1 times as much demand left as money it is 1.5, at 1.4 times 4. */
const STEEPNESS = 4;
/** Above every factor of low credits; at it a model that is 64 times cheaper weighs a quarter, as unpaced. */
const HIGHEST = 16;

/**
 * By how many times cost is to count more, so that what is left lasts for the demand that is still to come: 1 where it
 * does, then rising smoothly with the share of demand left over the share of money left. The more was spent, the
 * higher; never above 16. It advises routing, and refuses nothing.
 */
export function pacingMultiplier({ limit, spent, demandLeft }: PacedBudget): number {
  const left = TARGET_SHARE - spent / limit;
  if (demandLeft <= 0) return 1;
  if (!(left > 0)) return HIGHEST;
  const pressure = (TARGET_SHARE * demandLeft) / left;
  return Math.min(HIGHEST, Math.max(1, pressure) ** STEEPNESS);
}
