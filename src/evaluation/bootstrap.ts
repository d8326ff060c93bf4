import { type GapFigures, gapFigures } from './gap-recovered.js';
import { seededRandom } from './random.js';
import { ascending, quantile } from './statistics.js';
import { type PairedQuality, type RankedScores, SumsBefore } from './strong-share-curve.js';

/** 95 %, by percentiles; `NaN` where no resample has the figure. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const MOST_RESAMPLES = 1000;
const FEWEST_RESAMPLES = 200;
/** Rows drawn in all; of very many rows there are fewer resamples. */
const MOST_DRAWS = 20_000_000;
const SEED = 20_240_626;

/**
 * Figures of the same resampled rows for each scorer: what varies with the prompts varies together, so that their
 * differences can be trusted more than either. Rows are drawn with replacement (Efron 1979), from a fixed seed.
 * @param scorers The rankings of each by name. Of several, as ties make them, each resample takes the next.
 * @returns of each scorer its figures, by resample
 */
export function bootstrapGap<Name extends string>(
  pair: PairedQuality,
  scorers: Readonly<Record<Name, readonly RankedScores[]>>,
): Readonly<Record<Name, readonly GapFigures[]>> {
  const random = seededRandom(SEED);
  const size = pair.weak.length;
  const counts = new Uint32Array(size);
  const names = Object.keys(scorers) as Name[];
  const drawn = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, GapFigures[]>;
  const sums = new SumsBefore(size);
  const resamples = Math.max(FEWEST_RESAMPLES, Math.min(MOST_RESAMPLES, Math.floor(MOST_DRAWS / size)));
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0);
    for (let draw = 0; draw < size; draw++) {
      const row = Math.floor(random() * size);
      counts[row] = (counts[row] ?? 0) + 1;
    }
    for (const name of names) {
      const ranking = scorers[name][resample % scorers[name].length];
      if (ranking !== undefined) drawn[name].push(gapFigures(ranking.curve(pair, counts, sums)));
    }
  }
  return drawn;
}

export function interval95(values: readonly number[]): Interval {
  const sorted = ascending(values.filter(Number.isFinite));
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}
