import type { Ability } from '../ability.js';
import type { Offset } from './offsets.js';

/** An ability with what was learned of it. */
export interface LearnedAbility extends Ability {
  /** Deviation of the ability with segments not seen yet included: what an exploring draw varies. */
  readonly drawDeviation: number;
  /** Weight of the answers of the model in the finest segment of the ask that it was seen in. */
  readonly outcomes: number;
}

/** What was learned in one segment of an ask. */
export interface LearnedSegment {
  readonly share: number;
  readonly offsets: ReadonlyMap<string, Offset> | undefined;
}

/** What was learned for one ask: the segments are looked up once, each model then costs a few additions. */
export class AbilityView {
  /** The first is that of all asks. */
  readonly #segments: readonly LearnedSegment[];
  readonly #segmentVariance: number;
  /** Whether nothing was learned that bears on the ask. */
  readonly isEmpty: boolean;

  constructor(segments: readonly LearnedSegment[], segmentVariance: number) {
    this.#segments = segments;
    this.#segmentVariance = segmentVariance;
    this.isEmpty = segments.every(({ offsets }) => offsets === undefined);
  }

  /** The ability of a model; its prior where nothing was learned of it. */
  abilityOf(model: string, prior: Ability): LearnedAbility {
    const priorVariance = prior.deviation ** 2;
    let ability = prior.ability;
    let known = priorVariance;
    let drawn = priorVariance;
    let outcomes = 0;
    for (let index = 0; index < this.#segments.length; index++) {
      const { share, offsets } = this.#segments[index] ?? NOTHING;
      const offset = offsets?.get(model);
      if (offset !== undefined) {
        ability += share * offset.mean;
        outcomes = offset.count;
      }
      // The first offset is what the prior is unsure of; the others come on top.
      const unseen = index === 0 ? 0 : share * share * this.#segmentVariance;
      const added = offset === undefined ? 0 : share * share * offset.variance;
      const replaced = index === 0 && offset !== undefined ? priorVariance : 0;
      known += added - replaced;
      drawn += (offset === undefined ? unseen : added) - replaced;
    }
    return {
      ability,
      // Of the segments only what is known to narrow it: a tag not seen yet changes no decision.
      deviation: Math.min(prior.deviation, Math.sqrt(Math.max(0, known))),
      drawDeviation: Math.sqrt(Math.max(0, drawn)),
      outcomes,
    };
  }
}

const NOTHING: LearnedSegment = { share: 0, offsets: undefined };
