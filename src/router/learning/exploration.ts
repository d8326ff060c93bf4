import type { Random } from '../../clock.js';
import { probabilityGood } from '../scoring.js';

/** A ranked model as exploration sees it: what its score would be at another ability. */
export interface ExploredModel {
  readonly model: string;
  readonly score: number;
  /** P(good) as it entered the score, health included. */
  readonly pGood: number;
  /** What a point of P(good) without health is worth: the weight of quality times the health. */
  readonly worth: number;
  readonly health: number;
  readonly ability: number;
  /** Standard deviation of what is the model's own of `ability`. */
  readonly deviation: number;
}

/** How the choice was made, exactly. */
export interface Exploration {
  /** Index of the chosen model. */
  readonly chosen: number;
  /** By model, the probability with which it was chosen, given the draws; models without one are not named. */
  readonly propensities: Readonly<Record<string, number>>;
}

/** Draws from the posterior: propensities are whole sixteenths of the explored share. */
export const DRAWS = 16;
/** Draws are narrower than the posterior: within 2,000 replayed decisions full ones cost more than they found. */
const DRAW_SCALE = 0.6;

/**
 * Thompson sampling with exact propensities: in each of 16 draws of all abilities one model is the best. With the
 * probability `share` one draw is picked and its best model chosen, else the best of the ranking, which is first.
 */
export function explore(
  ranked: readonly ExploredModel[],
  item: { readonly difficulty: number; readonly uncertainty: number },
  { share, random }: { readonly share: number; readonly random: Random },
): Exploration {
  const wins = new Map<number, number>();
  const winners: number[] = [];
  for (let draw = 0; draw < DRAWS; draw++) {
    const winner = bestOfDraw(ranked, item, random);
    winners.push(winner);
    wins.set(winner, (wins.get(winner) ?? 0) + 1);
  }
  const isExploring = random() < share;
  const picked = winners[Math.floor(random() * DRAWS)] ?? 0;
  const propensities: Record<string, number> = {};
  for (const [index, { model }] of ranked.entries()) {
    const propensity = (index === 0 ? 1 - share : 0) + (share * (wins.get(index) ?? 0)) / DRAWS;
    if (propensity > 0) propensities[model] = propensity;
  }
  return { chosen: isExploring ? picked : 0, propensities };
}

function bestOfDraw(
  ranked: readonly ExploredModel[],
  item: { readonly difficulty: number; readonly uncertainty: number },
  random: Random,
): number {
  let best = 0;
  let bestScore = -Infinity;
  for (const [index, { score, worth, health, pGood, ability, deviation }] of ranked.entries()) {
    const drawn = { ability: ability + DRAW_SCALE * deviation * standardNormal(random), deviation: 0 };
    const estimated = health > 0 ? pGood / health : 0;
    const drawnScore = score + worth * (probabilityGood(drawn, item) - estimated);
    if (drawnScore <= bestScore) continue;
    best = index;
    bestScore = drawnScore;
  }
  return best;
}

/** Box and Muller 1958. */
function standardNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
