import { mean, type Numbers, orderOf } from './statistics.js';

/** Spearman's ρ: the correlation of ranks, ties at their mean rank. `NaN` where either side is all the same. */
export function spearman(a: Numbers, b: Numbers): number {
  return pearson(ranksOf(a), ranksOf(b));
}

function ranksOf(values: Numbers): Float64Array {
  const order = orderOf(values);
  const ranks = new Float64Array(order.length);
  let start = 0;
  while (start < order.length) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (const row of order.subarray(start, end)) ranks[row] = (start + end - 1) / 2;
    start = end;
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
