import { seededRandom } from './random.js';
import { ascending, between, type Numbers, orderOf, quantile } from './statistics.js';

/** What two models made of the same prompts, row by row. */
export interface PairedQuality {
  readonly weak: Numbers;
  readonly strong: Numbers;
}

/** The quality that comes of sending a share of the prompts to the strong model. */
export interface CurvePoint {
  /** Share of prompts that go to the strong model, 0..1. */
  readonly share: number;
  readonly quality: number;
}

/** Thresholds lie at the deciles of the scores, as in RouteLLM (arXiv 2406.18665). */
const STEPS = 10;
/** Ties are broken by so many seeded draws, and the figures averaged. */
const TIE_DRAWS = 20;
const TIE_SEED = 1;

/** Of the places before each place: how many rows they are, and the sums of what either model made of them. */
export class SumsBefore {
  readonly rows: Float64Array;
  readonly weak: Float64Array;
  readonly strong: Float64Array;

  constructor(size: number) {
    this.rows = new Float64Array(size + 1);
    this.weak = new Float64Array(size + 1);
    this.strong = new Float64Array(size + 1);
  }
}

/** Scores in ascending order, with what is needed to cut them at a threshold. */
export class RankedScores {
  /** The row of each place. */
  readonly rows: Uint32Array;
  readonly sorted: Float64Array;
  /** Of each place, the first one with the same score. */
  readonly #groupStart: Uint32Array;

  constructor(scores: Numbers) {
    this.rows = orderOf(scores);
    this.sorted = Float64Array.from(this.rows, (row) => scores[row] ?? NaN);
    this.#groupStart = new Uint32Array(this.rows.length);
    for (let place = 1; place < this.rows.length; place++) {
      const isTied = this.sorted[place] === this.sorted[place - 1];
      this.#groupStart[place] = isTied ? (this.#groupStart[place - 1] ?? 0) : place;
    }
  }

  /**
   * The curve at the deciles, by growing share of the strong model: from 0 to 1.
   * @param counts How often each row counts, as a bootstrap draws it. @default once
   * @param sums Where sums are kept: for who draws many curves. @default new ones
   */
  curve(
    { weak, strong }: PairedQuality,
    counts?: Numbers,
    sums = new SumsBefore(this.rows.length),
  ): readonly CurvePoint[] {
    const size = this.rows.length;
    const { rows: before, weak: weakBefore, strong: strongBefore } = sums;
    for (let place = 0; place < size; place++) {
      const row = this.rows[place] ?? 0;
      const count = counts === undefined ? 1 : (counts[row] ?? 0);
      before[place + 1] = (before[place] ?? 0) + count;
      weakBefore[place + 1] = (weakBefore[place] ?? 0) + count * (weak[row] ?? NaN);
      strongBefore[place + 1] = (strongBefore[place] ?? 0) + count * (strong[row] ?? NaN);
    }
    const total = before[size] ?? 0;
    return this.#cuts(before).map((start) => ({
      share: (total - (before[start] ?? 0)) / total,
      quality: ((weakBefore[start] ?? 0) + (strongBefore[size] ?? 0) - (strongBefore[start] ?? 0)) / total,
    }));
  }

  /** The places from which on the strong model is asked, from none to all. */
  #cuts(before: Float64Array): readonly number[] {
    const size = this.rows.length;
    const last = (before[size] ?? 0) - 1;
    const cuts = [size];
    let place = 0;
    const placeOf = (position: number): number => {
      while ((before[place + 1] ?? Infinity) <= position) place++;
      return place;
    };
    const starts: number[] = [];
    for (let step = 0; step < STEPS; step++) {
      const position = (step / STEPS) * last;
      const low = placeOf(Math.floor(position));
      const lowScore = this.sorted[low] ?? NaN;
      const high = placeOf(Math.min(Math.floor(position) + 1, last));
      const threshold = between(lowScore, this.sorted[high] ?? NaN, position - Math.floor(position));
      starts.push(this.#groupStart[threshold <= lowScore ? low : high] ?? 0);
      place = low;
    }
    return cuts.concat(starts.reverse());
  }
}

/**
 * The scores, ranked: as they are where the deciles differ from one another, else several times with ties broken at
 * random. Random numbers are below the smallest difference, so that only what is equal changes places.
 */
export function rankings(scores: Numbers): readonly RankedScores[] {
  const sorted = ascending(scores);
  const edges = new Set(Array.from({ length: STEPS + 1 }, (_, step) => quantile(sorted, step / STEPS)));
  if (edges.size === STEPS + 1) return [new RankedScores(scores)];
  const room = smallestGap(sorted) * 0.999;
  const random = seededRandom(TIE_SEED);
  return Array.from(
    { length: TIE_DRAWS },
    () => new RankedScores(Float64Array.from(scores, (score) => score + random() * room)),
  );
}

function smallestGap(sorted: Float64Array): number {
  let gap = Infinity;
  for (let place = 1; place < sorted.length; place++) {
    const step = (sorted[place] ?? 0) - (sorted[place - 1] ?? 0);
    if (step > 0 && step < gap) gap = step;
  }
  return gap === Infinity ? 1 : gap;
}
