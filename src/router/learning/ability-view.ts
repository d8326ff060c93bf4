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
  /** Those in which anything was learned. */
  readonly #segments: readonly SeenSegment[];
  /** What the others add to the variance of an exploring draw. */
  readonly #unseenVariance: number;

  /** @param segments The first is that of all asks: its offset is what a prior is unsure of, the others come on top. */
  constructor(segments: readonly LearnedSegment[], segmentVariance: number) {
    const seen: SeenSegment[] = [];
    let unseenVariance = 0;
    for (const [index, { share, offsets }] of segments.entries()) {
      const unseen = index === 0 ? 0 : share * share * segmentVariance;
      if (offsets === undefined) unseenVariance += unseen;
      else seen.push({ share, offsets, unseen, isOfAll: index === 0 });
    }
    this.#segments = seen;
    this.#unseenVariance = unseenVariance;
  }

  /** Whether nothing was learned that bears on the ask. */
  get isEmpty(): boolean {
    return this.#segments.length === 0;
  }

  /** The ability of a model; its prior where nothing was learned of it. */
  abilityOf(model: string, prior: Ability): LearnedAbility {
    const priorVariance = prior.deviation ** 2;
    let ability = prior.ability;
    let known = priorVariance;
    let drawn = priorVariance + this.#unseenVariance;
    let outcomes = 0;
    for (const { share, offsets, unseen, isOfAll } of this.#segments) {
      const offset = offsets.get(model);
      if (offset === undefined) {
        drawn += unseen;
        continue;
      }
      ability += share * offset.mean;
      outcomes = offset.count;
      const added = share * share * offset.variance - (isOfAll ? priorVariance : 0);
      known += added;
      drawn += added;
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

interface SeenSegment {
  readonly share: number;
  readonly offsets: ReadonlyMap<string, Offset>;
  /** What it adds to the variance of a draw for a model not seen in it. */
  readonly unseen: number;
  readonly isOfAll: boolean;
}
