import { mean, type Numbers, tiesOf } from './statistics.js';

/** Spearman's ρ: the correlation of ranks, ties at their mean rank. `NaN` where either side is all the same. */
export function spearman(a: Numbers, b: Numbers): number {
  return pearson(ranksOf(a), ranksOf(b));
}

function ranksOf(values: Numbers): Float64Array {
  const ranks = new Float64Array(values.length);
  for (const { rows, before } of tiesOf(values)) {
    for (const row of rows) ranks[row] = before + (rows.length - 1) / 2;
  }
  return ranks;
}

function pearson(a: Numbers, b: Numbers): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [together, varianceA, varianceB] = [0, 0, 0];
  for (let row = 0; row < a.length; row++) {
    const fromA = (a[row] ?? NaN) - meanA;
    const fromB = (b[row] ?? NaN) - meanB;
    together += fromA * fromB;
    varianceA += fromA ** 2;
    varianceB += fromB ** 2;
  }
  return together / Math.sqrt(varianceA * varianceB);
}
