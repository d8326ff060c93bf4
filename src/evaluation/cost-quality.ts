/** What something costs a prompt on average, and how good its answers are on average. */
export interface CostQuality {
  readonly costUsd: number;
  readonly quality: number;
}

/**
 * The non-decreasing convex hull (RouterBench, arXiv 2403.12031): the qualities that can be had by mixing the points
 * at random. From the cheapest of its points to the first of the best quality; by growing cost.
 */
export function nonDecreasingHull<Point extends CostQuality>(points: readonly Point[]): readonly Point[] {
  const byCost = [...points].sort((a, b) => a.costUsd - b.costUsd || b.quality - a.quality);
  const hull: Point[] = [];
  for (const point of byCost) {
    const last = hull.at(-1);
    if (last !== undefined && point.quality <= last.quality) continue;
    while (isBelowTheLine(hull, point)) hull.pop();
    hull.push(point);
  }
  return hull;
}

/** Whether the last point lies on or below the line from the one before it to the next. */
function isBelowTheLine(hull: readonly CostQuality[], next: CostQuality): boolean {
  const last = hull.at(-1);
  const before = hull.at(-2);
  if (last === undefined || before === undefined) return false;
  return (
    (last.quality - before.quality) * (next.costUsd - before.costUsd) <=
    (next.quality - before.quality) * (last.costUsd - before.costUsd)
  );
}

/**
 * AIQ (RouterBench): the mean quality under a hull over a range of cost. Before its cheapest point the hull comes from
 * nothing for nothing, after its best it stays. `NaN` without points; the quality at that cost where the range is empty.
 */
export function averageImprovementInQuality(
  hull: readonly CostQuality[],
  range: { readonly fromUsd: number; readonly toUsd: number },
): number {
  if (hull.length === 0) return NaN;
  const { fromUsd, toUsd } = range;
  if (!(toUsd > fromUsd)) return qualityAt(hull, fromUsd);
  const within = hull.map(({ costUsd }) => costUsd).filter((costUsd) => costUsd > fromUsd && costUsd < toUsd);
  const stops = [fromUsd, ...within, toUsd];
  let area = 0;
  for (const [index, stop] of stops.entries()) {
    const previous = stops[index - 1];
    if (previous === undefined) continue;
    area += ((stop - previous) * (qualityAt(hull, previous) + qualityAt(hull, stop))) / 2;
  }
  return area / (toUsd - fromUsd);
}

function qualityAt(hull: readonly CostQuality[], costUsd: number): number {
  let previous: CostQuality = { costUsd: 0, quality: 0 };
  for (const point of hull) {
    if (costUsd === point.costUsd) return point.quality;
    if (costUsd < point.costUsd) {
      const share = (costUsd - previous.costUsd) / (point.costUsd - previous.costUsd);
      return previous.quality + share * (point.quality - previous.quality);
    }
    previous = point;
  }
  return previous.quality;
}
