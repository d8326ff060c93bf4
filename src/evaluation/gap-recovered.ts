import { mean, type Numbers } from './statistics.js';
import { type CurvePoint, type PairedQuality, type RankedScores, rankings } from './strong-share-curve.js';

/**
 * How well scores tell which prompts need the strong model, as RouteLLM (arXiv 2406.18665) measures it. The gap is
 * that between always asking the weak and always asking the strong model. `NaN` throughout where there is none.
 */
export interface GapFigures {
  /**
   * Share of the gap that is recovered, averaged over the share of prompts sent to the strong model: random scores
   * have 0.5, the oracle may pass 1.
   */
  readonly apgr: number;
  /** CPT(50 %): the least share of prompts, 0..1, by which half the gap is recovered. */
  readonly cpt50: number;
  /** CPT(80 %). */
  readonly cpt80: number;
}

export interface ScoredGap extends GapFigures {
  /** By growing share of the strong model. */
  readonly curve: readonly CurvePoint[];
  /** Whether ties at the thresholds were broken at random. */
  readonly hasTies: boolean;
}

/** Sums of the same figures in another order differ by less. */
const LEAST_GAP = 1e-12;

/** The figures of one curve, which goes from always weak to always strong. */
export function gapFigures(curve: readonly CurvePoint[]): GapFigures {
  const weak = curve[0]?.quality ?? NaN;
  const strong = curve.at(-1)?.quality ?? NaN;
  const gap = strong - weak;
  if (Math.abs(gap) < LEAST_GAP) return { apgr: NaN, cpt50: NaN, cpt80: NaN };
  return {
    apgr: (areaUnder(curve) - weak) / gap,
    cpt50: shareFor(curve, weak + 0.5 * gap),
    cpt80: shareFor(curve, weak + 0.8 * gap),
  };
}

/** Trapezoids: the curve is straight between thresholds. */
function areaUnder(curve: readonly CurvePoint[]): number {
  let area = 0;
  let previous: CurvePoint | undefined;
  for (const point of curve) {
    if (previous !== undefined) {
      area += ((point.share - previous.share) * (point.quality + previous.quality)) / 2;
    }
    previous = point;
  }
  return area;
}

/** Where the curve first reaches a quality; `NaN` where it never does. */
function shareFor(curve: readonly CurvePoint[], quality: number): number {
  const index = curve.findIndex((point) => point.quality >= quality);
  const reached = curve[index];
  if (reached === undefined) return NaN;
  const previous = curve[index - 1];
  if (previous === undefined) return reached.share;
  const rise = reached.quality - previous.quality;
  return previous.share + ((reached.share - previous.share) * (quality - previous.quality)) / rise;
}

/** @param scores One for each row: the higher, the more the strong model is worth there. */
export function evaluateScores(pair: PairedQuality, scores: Numbers): ScoredGap {
  return evaluateRankings(pair, rankings(scores));
}

export function evaluateRankings(pair: PairedQuality, ranked: readonly RankedScores[]): ScoredGap {
  const curves = ranked.map((ranking) => ranking.curve(pair));
  const figures = curves.map(gapFigures);
  return {
    apgr: mean(figures.map(({ apgr }) => apgr)),
    cpt50: mean(figures.map(({ cpt50 }) => cpt50)),
    cpt80: mean(figures.map(({ cpt80 }) => cpt80)),
    curve: meanCurve(curves),
    hasTies: ranked.length > 1,
  };
}

function meanCurve(curves: readonly (readonly CurvePoint[])[]): readonly CurvePoint[] {
  const [first = []] = curves;
  return first.map((_, index) => ({
    share: mean(curves.map((curve) => curve[index]?.share ?? NaN)),
    quality: mean(curves.map((curve) => curve[index]?.quality ?? NaN)),
  }));
}
