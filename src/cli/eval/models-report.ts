import {
  averageImprovementInQuality,
  type CostQuality,
  nonDecreasingHull,
} from '../../evaluation/cost-quality.js';
import { mean } from '../../evaluation/statistics.js';
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

/** The best answer to each prompt, and of equally good ones the cheapest whose cost is known. */
function oracleOf(table: ScoreTable): ModelsReport['oracle'] {
  const qualities: number[] = [];
  const costsUsd: number[] = [];
  for (let row = 0; row < table.rows; row++) {
    const scored = table.models.filter((model) => !Number.isNaN(table.score(model, row)));
    const best = Math.max(...scored.map((model) => table.score(model, row)));
    const asGood = scored.filter((model) => table.score(model, row) === best);
    const known = asGood.map((model) => table.costUsd(model, row)).filter((cost) => !Number.isNaN(cost));
    qualities.push(best);
    if (known.length > 0) costsUsd.push(Math.min(...known));
  }
  return {
    n: qualities.length,
    quality: figure(mean(qualities)),
    priced: costsUsd.length,
    costUsd: figure(mean(costsUsd)),
  };
}
