import type { Ability } from '../ability.js';
import type { Segment } from '../router.js';
import { abilityPosterior, type Observation } from './ability-posterior.js';
import { AbilityView } from './ability-view.js';
import { type Lesson, LessonUnderWay, type Part } from './lesson.js';
import { type OffsetEntry, OffsetTable } from './offsets.js';

/** How far and how fast is learned. Chosen among few values on replayed files; judged by `eval/learning.ts`. */
export interface LearningRates {
  /** Prior deviation of what a model is better or worse at in one segment. */
  readonly segmentDeviation: number;
  /** Weight of answers of a model in a segment after which an answer counts 1/e: the effective window. */
  readonly window: number;
}

export const LEARNING_RATES: LearningRates = { segmentDeviation: 0.15, window: 500 };

/** The segment that every ask is of. */
export const ALL_ASKS: Segment = { key: 'all', share: 1 };
/** 50 models in 160 segments; about 1 MB. */
export const MOST_OFFSETS = 8192;

/**
 * What outcomes taught of abilities. To the prior of a model are added normal offsets: one for the model at all
 * asks, as uncertain as the prior, and one in each segment of the ask. An answer updates their sum by item
 * response, and each offset by its part of the variance: the assumed density filtering of adPredictor (Graepel
 * et al. 2010). So a finer segment starts from what the coarser ones taught. Before an update an offset is
 * tempered towards its prior: what is old is forgotten.
 */
export class LearnedAbilities {
  readonly #table = new OffsetTable(MOST_OFFSETS);
  readonly #rates: LearningRates;

  constructor(rates: LearningRates = LEARNING_RATES) {
    this.#rates = rates;
  }

  /**
   * Learns from one answer.
   * @param bounds `mostShift`: the farthest that the ability at such asks may move, the rest is lost; `earlier`: what
   *   the same answer taught before, the place of which this takes.
   */
  observe(
    model: string,
    prior: Ability,
    segments: readonly Segment[],
    observation: Observation,
    {
      mostShift = Infinity,
      earlier = null,
    }: { readonly mostShift?: number; readonly earlier?: Lesson | null } = {},
  ): Lesson {
    const { weight } = observation;
    const parts = this.#partsOf(model, prior, segments);
    const lesson = new LessonUnderWay(parts, { weight, window: this.#rates.window, earlier });
    let mean = prior.ability;
    let variance = 0;
    for (const { offset, share } of parts) {
      mean += share * offset.mean;
      variance += share * share * offset.variance;
    }
    const posterior = abilityPosterior({ ability: mean, deviation: Math.sqrt(variance) }, observation);
    const shift = (posterior.ability - mean) / variance;
    const shrinkage = Math.max(0, 1 - posterior.deviation ** 2 / variance) / variance;
    for (const { offset, share } of parts) {
      const gain = share * offset.variance;
      offset.mean += gain * shift;
      offset.variance -= gain * gain * shrinkage;
      offset.count += share * weight;
    }
    return lesson.end(weight, mostShift);
  }

  /** What is known of abilities at an ask of these segments. */
  at(segments: readonly Segment[]): AbilityView {
    const known = [{ share: 1, offsets: this.#table.segment(ALL_ASKS.key) }];
    for (const { key, share } of segments) known.push({ share, offsets: this.#table.segment(key) });
    return new AbilityView(known, this.#rates.segmentDeviation ** 2);
  }

  /** Every offset, those of segments longest unused first. */
  entries(): Iterable<OffsetEntry> {
    return this.#table.entries();
  }

  /** Puts back what `entries` gave, in that order, and nothing else. */
  restore(entries: Iterable<OffsetEntry>): void {
    this.#table.clear();
    for (const entry of entries) this.#table.put(entry);
  }

  #partsOf(model: string, prior: Ability, segments: readonly Segment[]): readonly Part[] {
    const { segmentDeviation } = this.#rates;
    // A kind named twice is one.
    const shares = new Map([ALL_ASKS, ...segments, ALL_ASKS].map(({ key, share }) => [key, share]));
    return [...shares].map(([key, share]) => {
      const deviation = key === ALL_ASKS.key ? prior.deviation : segmentDeviation;
      return { share, offset: this.#table.take(key, model, deviation ** 2) };
    });
  }
}
