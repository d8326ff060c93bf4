/** What the runs of one set come to. */
import { evaluateScores } from '../../src/evaluation/gap-recovered.js';
import type { ModelCapability } from '../../src/types.js';
import { type AskSet, type EvaluatedAsk, mean } from './dataset.js';
import { categoryFrontier, categoryPolicies, collapsed, singleFrontier } from './policies.js';
import { capabilitiesOf, predictedGain, run, type RunOptions, type Step } from './run.js';

/** Of the gap between single models and the best model per category, at the cost that the router had. */
export interface Gap {
  /** What the router is above the line of single models. */
  readonly reached: number;
  /** What the best model per category would be. */
  readonly whole: number;
}

const DECISIONS = 2000;
export const WINDOW = 250;
const COLLAPSE = { factor: 0.2, settled: 300, seen: 300 } as const;

type Variant = Pick<RunOptions, 'isTagged' | 'told' | 'exploration'>;

/** A set at the trade-off between cost and quality at which it is measured. */
export interface Setting {
  readonly set: AskSet;
  readonly candidates: readonly ModelCapability[];
  readonly variant: Variant;
  /** Weight of cost among cost and quality. */
  readonly costWeight: number;
  /** What it spends there, learning or not. */
  readonly targetUsd: number;
  readonly seeds: number;
}

/** Runs of each of the bisection's steps, and the steps. */
const BISECTION = { seeds: 2, steps: 9 } as const;

/** The trade-off at which the router, learning as the variant does, spends what is asked for. */
export function settingAt(set: AskSet, seeds: number, variant: Variant, targetUsd: number): Setting {
  const candidates = capabilitiesOf(set);
  let low = -4;
  let high = 8;
  for (let step = 0; step < BISECTION.steps; step++) {
    const costWeight = share((low + high) / 2);
    const spent = Array.from({ length: BISECTION.seeds }, (_, seed) => {
      const { steps } = run(set, candidates, { ...variant, seed, costWeight, decisions: decisionsOf(set) });
      return mean(steps.slice(-decisionsOf(set) / 2).map(({ costUsd }) => costUsd));
    });
    if (mean(spent) > targetUsd) low = (low + high) / 2;
    else high = (low + high) / 2;
  }
  return { set, candidates, variant, seeds, targetUsd, costWeight: share((low + high) / 2) };
}

function share(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

export function decisionsOf({ asks }: AskSet): number {
  return Math.min(DECISIONS, asks.length);
}

/** The cost at which the best model per category is farthest above the line of single models. */
export function costOfWidestGap(set: AskSet): number {
  const single = singleFrontier(set, set.asks);
  const category = categoryFrontier(categoryPolicies(set), set.asks);
  const costs = set.models.map((_, model) => mean(set.asks.map(({ costUsd }) => costUsd[model] ?? 0)));
  const [least, most] = [Math.min(...costs), Math.max(...costs)];
  const grid = Array.from({ length: 101 }, (_, index) => least + ((most - least) * index) / 100);
  const gaps = grid.map((costUsd) => category(costUsd) - single(costUsd));
  return grid[gaps.indexOf(Math.max(...gaps))] ?? least;
}

/** Half-way between two models: both are used about as often. */
export function costOfEvenUse(set: AskSet): number {
  return mean(set.models.map((_, model) => mean(set.asks.map(({ costUsd }) => costUsd[model] ?? 0))));
}

/** Of each window of decisions, summed over seeds. */
export function gapsByWindow({ set, candidates, variant, costWeight, seeds }: Setting): readonly Gap[] {
  const policies = categoryPolicies(set);
  const windows = Math.ceil(decisionsOf(set) / WINDOW);
  const gaps = Array.from({ length: windows }, () => ({ reached: 0, whole: 0 }));
  for (let seed = 0; seed < seeds; seed++) {
    const { steps } = run(set, candidates, { ...variant, seed, decisions: decisionsOf(set), costWeight });
    for (const [window, gap] of gaps.entries()) {
      const part = steps.slice(window * WINDOW, (window + 1) * WINDOW);
      const { reached, whole } = gapOf(set, policies, part);
      gap.reached += reached * part.length;
      gap.whole += whole * part.length;
    }
  }
  return gaps;
}

/** On the very asks that were decided on, so that their luck is everybody's. */
function gapOf(set: AskSet, policies: ReturnType<typeof categoryPolicies>, steps: readonly Step[]): Gap {
  const asks = steps.map(({ ask }) => ask);
  const costUsd = mean(steps.map((step) => step.costUsd));
  const single = singleFrontier(set, asks)(costUsd);
  return {
    reached: mean(steps.map(({ quality }) => quality)) - single,
    whole: categoryFrontier(policies, asks)(costUsd) - single,
  };
}

export function shareOf(gaps: readonly Gap[]): number {
  const whole = gaps.reduce((sum, gap) => sum + gap.whole, 0);
  return gaps.reduce((sum, gap) => sum + gap.reached, 0) / whole;
}

/**
 * Quality after the model used most has collapsed at half-time, in the 300 decisions that follow the first 300,
 * over that of the best model per category, which knows of it, at the cost that both were to have, or
 * the router's if that is more.
 */
export function recovery({ set, candidates, variant, costWeight, targetUsd, seeds }: Setting): number {
  const half = DECISIONS / 2;
  const from = half + COLLAPSE.settled;
  const shares = Array.from({ length: seeds }, (_, seed) => {
    const options = { ...variant, seed, costWeight };
    const model = mostUsed(run(set, candidates, { ...options, decisions: half }).steps);
    const collapse = { model, at: half, factor: COLLAPSE.factor };
    const { steps } = run(set, candidates, { ...options, collapse, decisions: from + COLLAPSE.seen });
    const seen = steps.slice(from);
    const worse = collapsed(set, model, COLLAPSE.factor);
    const { asks } = collapsed({ ...set, asks: seen.map(({ ask }) => ask) }, model, COLLAPSE.factor);
    // Who stays with a cheap model that has collapsed is not excused by what that saves.
    const spentUsd = Math.max(targetUsd, mean(seen.map(({ costUsd }) => costUsd)));
    const best = categoryFrontier(categoryPolicies(worse), asks)(spentUsd);
    return mean(seen.map(({ quality }) => quality)) / best;
  });
  return mean(shares);
}

function mostUsed(steps: readonly Step[]): number {
  const uses = new Map<number, number>();
  for (const { model } of steps) uses.set(model, (uses.get(model) ?? 0) + 1);
  return [...uses].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
}

export interface GainOrder {
  readonly whole: number;
  readonly heldOut: number;
  /** Share of the decisions for the strong model. */
  readonly strongShare: number;
}

/** Average performance gap recovered (arXiv 2406.18665) by the predicted gain, after outcomes of the chosen only. */
export function gainOrder({ set, candidates, variant, costWeight, seeds }: Setting): GainOrder {
  const [strong, weak] = byQuality(set);
  const { isTagged } = variant;
  const figures = Array.from({ length: seeds }, (_, seed) => {
    const options = { ...variant, seed, costWeight, decisions: decisionsOf(set) };
    const { router, steps, heldOut } = run(set, candidates, options);
    const order = (asks: readonly EvaluatedAsk[]): number => {
      const scores = asks.map((ask) =>
        predictedGain(router, candidates, { ask, isTagged }, named(set, strong, weak)),
      );
      return apgr(asks, scores, { strong, weak });
    };
    return {
      whole: order(set.asks),
      heldOut: heldOut.length < LEAST_HELD_OUT ? Number.NaN : order(heldOut),
      strongShare: mean(steps.map(({ model }) => (model === strong ? 1 : 0))),
    };
  });
  return {
    whole: mean(figures.map(({ whole }) => whole)),
    heldOut: mean(figures.map(({ heldOut }) => heldOut)),
    strongShare: mean(figures.map(({ strongShare }) => strongShare)),
  };
}

/** Fewer asks order nothing. */
const LEAST_HELD_OUT = 100;

/** What the mean gain of each category, known for certain, would reach. */
export function categoryGainOrder(set: AskSet): number {
  const [strong, weak] = byQuality(set);
  const gains = new Map(
    set.categories.map((category) => {
      const asks = set.asks.filter((ask) => ask.category === category);
      return [category, mean(asks.map(({ quality }) => (quality[strong] ?? 0) - (quality[weak] ?? 0)))];
    }),
  );
  const scores = set.asks.map(({ category }) => gains.get(category) ?? 0);
  return apgr(set.asks, scores, { strong, weak });
}

function named(set: AskSet, strong: number, weak: number): readonly [string, string] {
  return [set.models[strong] ?? '', set.models[weak] ?? ''];
}

function byQuality(set: AskSet): readonly [strong: number, weak: number] {
  const means = set.models.map((_, model) => mean(set.asks.map(({ quality }) => quality[model] ?? 0)));
  return [means.indexOf(Math.max(...means)), means.indexOf(Math.min(...means))];
}

/** As `routell eval` has it, ties included. */
function apgr(
  asks: readonly EvaluatedAsk[],
  scores: readonly number[],
  { strong, weak }: { readonly strong: number; readonly weak: number },
): number {
  const qualityOf = (model: number): readonly number[] => asks.map(({ quality }) => quality[model] ?? 0);
  return evaluateScores({ strong: qualityOf(strong), weak: qualityOf(weak) }, scores).apgr;
}

/** What the catalogue knows of the models of a set. */
export function knownModels(candidates: readonly ModelCapability[]): number {
  return candidates.filter(({ quality }) => quality !== undefined).length;
}
