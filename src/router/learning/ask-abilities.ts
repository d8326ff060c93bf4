import type { ModelCapability } from '../../types.js';
import { type Ability, averageAbility, type TaskShare, type TaskWeights, taskWeights } from '../ability.js';
import { figuresOf } from '../model-figures.js';
import type { RankedModel, Segment } from '../router.js';
import type { AbilityView, LearnedAbility } from './ability-view.js';

/** What outcomes changed of an ability, as far as it is told. */
export interface AbilityChange {
  readonly model: string;
  readonly prior: number;
  readonly ability: number;
  readonly outcomes: number;
}

/** A change of an ability that is worth a sentence. */
const LEAST_CHANGE = 0.01;

/** The abilities of the candidates at one ask. */
export class AskAbilities {
  readonly segments: readonly Segment[];
  readonly #view: AbilityView;
  readonly #weights: TaskWeights;
  readonly #candidates: readonly ModelCapability[];

  constructor(
    view: AbilityView,
    ask: {
      readonly segments: readonly Segment[];
      readonly tasks: readonly TaskShare[];
      readonly candidates: readonly ModelCapability[];
    },
  ) {
    this.#view = view;
    this.segments = ask.segments;
    this.#weights = taskWeights(ask.tasks);
    this.#candidates = ask.candidates;
  }

  /** The ability of a model; `undefined` where all are their priors. */
  get learnedAbility(): ((model: ModelCapability) => Ability) | undefined {
    return this.#view.isEmpty ? undefined : (model) => this.#ofModel(model);
  }

  #ofModel(model: ModelCapability): LearnedAbility {
    return this.#view.abilityOf(model.name, this.#priorOf(model));
  }

  /** The ability of each candidate, by name. */
  byName(): ReadonlyMap<string, LearnedAbility> {
    return new Map(this.#candidates.map((model) => [model.name, this.#ofModel(model)]));
  }

  /** What was learned of these models, each once, where it makes a difference. */
  changes(ranked: readonly (RankedModel | undefined)[]): readonly AbilityChange[] {
    if (this.#view.isEmpty) return [];
    const changes: AbilityChange[] = [];
    for (const model of new Set(ranked.map((entry) => entry?.model))) {
      const capability = this.#candidates.find(({ name }) => name === model);
      if (capability === undefined) continue;
      const prior = this.#priorOf(capability).ability;
      const { ability, outcomes } = this.#ofModel(capability);
      if (Math.abs(ability - prior) < LEAST_CHANGE) continue;
      changes.push({ model: capability.name, prior, ability, outcomes });
    }
    return changes;
  }
  #priorOf(model: ModelCapability): Ability {
    return averageAbility(figuresOf(model).prior, this.#weights);
  }
}
