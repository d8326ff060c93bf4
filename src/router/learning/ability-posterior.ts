import type { Ability } from '../ability.js';
import { probabilityGood } from '../scoring.js';

/** One answer, as far as it says something of an ability. */
export interface Observation {
  /** How good the answer was, 0..1. */
  readonly quality: number;
  /** How much it counts: 1 for a rating, less for a sign; above 0. */
  readonly weight: number;
  /** Of the ask, 0..1. */
  readonly difficulty: number;
  /** Standard deviation of `difficulty`. */
  readonly uncertainty: number;
}

/** The grid, in deviations of the prior: beyond five of them is nothing. */
const GRID = Float64Array.from({ length: 41 }, (_, index) => (index - 20) / 4);
const DENSITIES = GRID.map((z) => Math.exp(-(z * z) / 2));
/** Keeps the logarithm of a probability finite. */
const LEAST_PROBABILITY = 1e-9;

/**
 * The posterior of a normal ability after one answer, moment-matched on a grid. The likelihood is that of item
 * response, for a quality between 0 and 1 the mixture in logarithms: q·log p + (1 − q)·log(1 − p).
 */
export function abilityPosterior(prior: Ability, observation: Observation): Ability {
  const { quality, weight } = observation;
  let total = 0;
  let first = 0;
  let second = 0;
  for (let index = 0; index < GRID.length; index++) {
    const z = GRID[index] ?? 0;
    const known = { ability: prior.ability + z * prior.deviation, deviation: 0 };
    const good = Math.max(LEAST_PROBABILITY, probabilityGood(known, observation));
    const bad = Math.max(LEAST_PROBABILITY, 1 - good);
    const logLikelihood = quality * Math.log(good) + (1 - quality) * Math.log(bad);
    const density = (DENSITIES[index] ?? 0) * Math.exp(weight * logLikelihood);
    total += density;
    first += density * z;
    second += density * z * z;
  }
  const shift = first / total;
  const spread = Math.sqrt(Math.max(0, second / total - shift * shift));
  return { ability: prior.ability + shift * prior.deviation, deviation: spread * prior.deviation };
}
