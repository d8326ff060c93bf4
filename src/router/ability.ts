import { type ModelCapability, type ModelTier, TaskType } from '../types.js';

/** What a model can do at a kind of task, on the scale of difficulty: where it succeeds half the time. */
export interface Ability {
  readonly ability: number;
  /** Standard deviation of `ability`. */
  readonly deviation: number;
}

/** A task and its share of what the ask may be. */
export type TaskShare = readonly [task: TaskType, share: number];

/** The best rated model of December 2025 (Arena, overall) succeeds half the time at difficulty 0.98. */
const ANCHOR_ELO = 1490;
const ANCHOR_ABILITY = 0.98;
/** 400 Elo, ten to one in preference, are 0.6 of the scale of difficulty. */
const ABILITY_PER_ELO = 0.0015;

/** About the medians of the shipped catalogue's tiers. `specialized` says nothing of other tasks. */
const ELO_OF_TIER: Readonly<Record<ModelTier, number>> = {
  premium: 1505,
  strong: 1480,
  balanced: 1425,
  economy: 1375,
  specialized: 1375,
};
/** Of a model about which nothing is known: a cautious guess, below every tier. */
const UNKNOWN_ELO = 1330;
/** What a `qualityScore` of 0 and of 1 means; 0.5 is then a small old model, 0.9 about a strong one. */
const LOWEST_ELO = 1075;
const HIGHEST_ELO = 1525;
/** What a declared strength adds at that task: good coders are rated 40 to 60 higher at coding than overall. */
const STRENGTH_ELO = 40;

const DEVIATIONS = { high: 0.04, low: 0.07, score: 0.08, tier: 0.1, unknown: 0.13 } as const;

/** What is said of a model before any outcome. */
export interface Prior {
  /** By task, in the order of `TaskType`. */
  readonly elo: readonly number[];
  /** Where it is not known which task it is. */
  readonly overallElo: number;
  readonly deviation: number;
}

const TASKS = Object.values(TaskType);
const TASK_PLACES: ReadonlyMap<TaskType, number> = new Map(TASKS.map((task, place) => [task, place]));
/** Read once per object: a catalogue makes new objects where something changes. */
const priors = new WeakMap<ModelCapability, Prior>();

/** The ability of a model before any outcome, averaged over the tasks the ask may be. */
export function priorAbility(model: ModelCapability, shares: readonly TaskShare[]): Ability {
  return averageAbility(priorOf(model), taskWeights(shares));
}

/** Shares of tasks, as an average takes them: places in the order of `TaskType`, and the weight of each. */
export interface TaskWeights {
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

/** The shares that are above 0, made to sum to 1. */
export function taskWeights(shares: readonly TaskShare[]): TaskWeights {
  const likely = shares.filter(([task, share]) => share > 0 && TASK_PLACES.has(task));
  const total = likely.reduce((sum, [, share]) => sum + share, 0);
  return {
    places: likely.map(([task]) => TASK_PLACES.get(task) ?? 0),
    weights: likely.map(([, share]) => share / total),
  };
}

export function averageAbility(
  { elo, overallElo, deviation }: Prior,
  { places, weights }: TaskWeights,
): Ability {
  let rating = places.length === 0 ? overallElo : 0;
  for (let index = 0; index < places.length; index++) {
    rating += (weights[index] ?? 0) * (elo[places[index] ?? 0] ?? overallElo);
  }
  return { ability: ANCHOR_ABILITY + (rating - ANCHOR_ELO) * ABILITY_PER_ELO, deviation };
}

export function priorOf(model: ModelCapability): Prior {
  let prior = priors.get(model);
  if (prior === undefined) {
    const { elo, deviation } = overallElo(model);
    const byTask = model.qualityScore === undefined ? model.quality?.byTask : undefined;
    const ofTask = (task: TaskType): number =>
      byTask?.[task] ?? elo + (model.strengths?.includes(task) === true ? STRENGTH_ELO : 0);
    prior = { elo: TASKS.map(ofTask), overallElo: elo, deviation };
    priors.set(model, prior);
  }
  return prior;
}

/** What was said of the model: the user's score before ratings, ratings before the tier. */
function overallElo(model: ModelCapability): { readonly elo: number; readonly deviation: number } {
  if (model.qualityScore !== undefined) {
    const elo = LOWEST_ELO + model.qualityScore * (HIGHEST_ELO - LOWEST_ELO);
    return { elo, deviation: DEVIATIONS.score };
  }
  if (model.quality !== undefined) {
    return { elo: model.quality.overall, deviation: DEVIATIONS[model.quality.confidence] };
  }
  if (model.tier !== undefined) return { elo: ELO_OF_TIER[model.tier], deviation: DEVIATIONS.tier };
  return { elo: UNKNOWN_ELO, deviation: DEVIATIONS.unknown };
}
