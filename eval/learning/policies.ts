/** What a learner is compared with: single models, and the best model of each category. */
import { type AskSet, type EvaluatedAsk, mean } from './dataset.js';

/** Mean cost and quality of a way to choose. */
export interface Point {
  readonly costUsd: number;
  readonly quality: number;
}

/** The best quality that points, and mixtures of two, reach at most at a cost. */
export type Frontier = (costUsd: number) => number;

/** The model of each category. */
type CategoryPolicy = ReadonlyMap<string, number>;

/** What a point of quality is worth in USD, from nothing to everything. */
const EXCHANGE_RATES = Array.from({ length: 60 }, (_, index) => 10 ** (-5 + index / 10));

function frontierOf(points: readonly Point[]): Frontier {
  const cheapest = Math.min(...points.map(({ costUsd }) => costUsd));
  return (costUsd) => {
    const most = Math.max(costUsd, cheapest);
    let best = 0;
    for (const low of points) {
      if (low.costUsd > most) continue;
      best = Math.max(best, low.quality);
      for (const high of points) {
        if (high.costUsd <= most) continue;
        const part = (most - low.costUsd) / (high.costUsd - low.costUsd);
        best = Math.max(best, low.quality + part * (high.quality - low.quality));
      }
    }
    return best;
  };
}

/** The line between single models, on these asks. */
export function singleFrontier(set: AskSet, asks: readonly EvaluatedAsk[]): Frontier {
  return frontierOf(
    set.models.map((_, model) => ({
      costUsd: mean(asks.map((ask) => ask.costUsd[model] ?? 0)),
      quality: mean(asks.map((ask) => ask.quality[model] ?? 0)),
    })),
  );
}

/** The best-model-per-category policies of the whole set, one for each exchange rate that makes a difference. */
export function categoryPolicies(set: AskSet): readonly CategoryPolicy[] {
  const byCategory = set.categories.map((category) => {
    const asks = set.asks.filter((ask) => ask.category === category);
    const points = set.models.map((_, model) => ({
      costUsd: mean(asks.map((ask) => ask.costUsd[model] ?? 0)),
      quality: mean(asks.map((ask) => ask.quality[model] ?? 0)),
    }));
    return { category, points };
  });
  const policies = new Map<string, CategoryPolicy>();
  for (const rate of EXCHANGE_RATES) {
    const policy = byCategory.map(({ category, points }) => {
      const worth = points.map(({ costUsd, quality }) => quality * rate - costUsd);
      return [category, worth.indexOf(Math.max(...worth))] as const;
    });
    policies.set(policy.join(), new Map(policy));
  }
  return [...policies.values()];
}

export function categoryFrontier(
  policies: readonly CategoryPolicy[],
  asks: readonly EvaluatedAsk[],
): Frontier {
  return frontierOf(
    policies.map((policy) => ({
      costUsd: mean(asks.map((ask) => ask.costUsd[policy.get(ask.category) ?? 0] ?? 0)),
      quality: mean(asks.map((ask) => ask.quality[policy.get(ask.category) ?? 0] ?? 0)),
    })),
  );
}

/** The set with one model's answers worth less. */
export function collapsed(set: AskSet, model: number, factor: number): AskSet {
  const worsen = (ask: EvaluatedAsk): EvaluatedAsk => ({
    ...ask,
    quality: ask.quality.map((quality, index) => (index === model ? factor * quality : quality)),
  });
  return { ...set, asks: set.asks.map(worsen) };
}
