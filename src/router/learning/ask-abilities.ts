import type { ModelCapability } from '../../types.js';
import { priorAbility, type TaskShare } from '../ability.js';
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
  readonly #tasks: readonly TaskShare[];
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
    this.#tasks = ask.tasks;
    this.#candidates = ask.candidates;
  }

  ofModel(model: ModelCapability): LearnedAbility {
    return this.#view.abilityOf(model.name, priorAbility(model, this.#tasks));
  }

  of(name: string): LearnedAbility {
    return this.ofModel(this.#candidates.find((model) => model.name === name) ?? { name });
  }

  /** What was learned of these models, each once, where it makes a difference. */
  changes(ranked: readonly (RankedModel | undefined)[]): readonly AbilityChange[] {
    if (this.#view.isEmpty) return [];
    const changes: AbilityChange[] = [];
    for (const model of new Set(ranked.map((entry) => entry?.model))) {
      const capability = this.#candidates.find(({ name }) => name === model);
      if (capability === undefined) continue;
      const prior = priorAbility(capability, this.#tasks).ability;
      const { ability, outcomes } = this.ofModel(capability);
      if (Math.abs(ability - prior) < LEAST_CHANGE) continue;
      changes.push({ model: capability.name, prior, ability, outcomes });
    }
    return changes;
  }
}
