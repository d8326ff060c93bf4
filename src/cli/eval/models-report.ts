import {
  averageImprovementInQuality,
  type CostQuality,
  nonDecreasingHull,
} from '../../evaluation/cost-quality.js';
import { mean } from '../../evaluation/statistics.js';
import { isKnown } from './cost-sweep.js';
import { figure, type ModelsReport, type SweepPoint } from './report.js';
import type { ScoreTable } from './score-table.js';

/** A file with many models, as RouterBench (arXiv 2403.12031) looks at it. */
export function modelsReport(table: ScoreTable, sweep: readonly SweepPoint[]): ModelsReport {
  const means = table.models
    .map((model) => ({ model, ...table.meanOf(model) }))
    .sort((a, b) => b.quality - a.quality || (a.model < b.model ? -1 : 1));
  const priced = means.filter(({ costUsd }) => !Number.isNaN(costUsd));
  const hull = nonDecreasingHull(priced);
  const onHull = new Set(hull.map(({ model }) => model));
  const costs = priced.map(({ costUsd }) => costUsd);
  const range = { fromUsd: Math.min(...costs), toUsd: Math.max(...costs) };
  const aiq = (points: readonly CostQuality[]): number => averageImprovementInQuality(points, range);
  return {
    costs: costsOf(table, priced.length),
    models: means.map(({ model, n, quality, costUsd }) => ({
      model,
      n,
      quality: figure(quality),
      costUsd: figure(costUsd),
      isOnHull: onHull.has(model),
    })),
    hullAiq: figure(aiq(hull)),
    routerAiq: figure(aiq(nonDecreasingHull(sweep))),
    oracle: oracleOf(table),
    sweep,
  };
}

function costsOf(table: ScoreTable, priced: number): ModelsReport['costs'] {
  if (priced === 0) return 'none';
  return table.hasEstimates ? 'estimated' : 'real';
}

/** The best answer to each prompt, and of equal ones the cheapest; where costs are known, among those models. */
function oracleOf(table: ScoreTable): ModelsReport['oracle'] {
  const { models: all } = table;
  const qualities: number[] = [];
  const costs: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const priced = all.filter((model) => isKnown(table, model, row));
    const models = priced.length > 0 ? priced : all.filter((model) => table.score(model, row) >= 0);
    const best = Math.max(...models.map((model) => table.score(model, row)));
    const asGood = models.filter((model) => table.score(model, row) === best);
    qualities.push(best);
    costs.push(Math.min(...asGood.map((model) => table.costUsd(model, row))));
  }
  return { quality: figure(mean(qualities)), costUsd: figure(mean(costs)) };
}
