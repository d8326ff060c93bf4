import { bootstrapGap, interval95 } from '../../evaluation/bootstrap.js';
import { evaluateRankings, evaluateScores, type GapFigures } from '../../evaluation/gap-recovered.js';
import { seededRandom } from '../../evaluation/random.js';
import { mean } from '../../evaluation/statistics.js';
import { type PairedQuality, type RankedScores, rankings } from '../../evaluation/strong-share-curve.js';
import type { NamedPair } from './choose-pair.js';
import { type Estimate, figure, type PairMember, type RoutingReport, type ScorerReport } from './report.js';
import type { ScoreTable } from './score-table.js';
import type { Pair } from './stand-ins.js';

/** What was made of a routing file. */
export interface DecidedRouting {
  readonly file: string;
  readonly table: ScoreTable;
  readonly pair: Pair;
  readonly named: NamedPair;
  readonly standIns: readonly string[];
  /** The router's score of each row. */
  readonly scores: readonly number[];
}

const RANDOM_RUNS = 20;
const RANDOM_SEED = 7;

/** The figures of the pair, beside those of who does not look, looks at the length, or knows. */
export function pairReport(decided: DecidedRouting): Omit<RoutingReport, 'models'> {
  const { file, table, pair, scores } = decided;
  const rows = table.rowsWith([pair.strong, pair.weak]);
  const outcomes: PairedQuality = {
    weak: rows.map((row) => table.score(pair.weak, row)),
    strong: rows.map((row) => table.score(pair.strong, row)),
  };
  const gains = rows.map((row) => table.score(pair.strong, row) - table.score(pair.weak, row));
  const scorers = {
    router: rankings(rows.map((row) => scores[row] ?? NaN)),
    length: rankings(rows.map((row) => table.lengths[row] ?? NaN)),
    oracle: rankings(gains),
  };
  const drawn = bootstrapGap(outcomes, scorers);
  const router = scorerReport(outcomes, scorers.router, drawn.router);
  const length = scorerReport(outcomes, scorers.length, drawn.length);
  const differences = drawn.router.map(({ apgr }, index) => apgr - (drawn.length[index]?.apgr ?? NaN));
  return {
    file,
    n: rows.length,
    scale: table.scale,
    strong: memberOf(decided, 'strong', rows),
    weak: memberOf(decided, 'weak', rows),
    router,
    length,
    oracle: scorerReport(outcomes, scorers.oracle, drawn.oracle),
    bestOfBoth: mean(rows.map((row) => Math.max(table.score(pair.strong, row), table.score(pair.weak, row)))),
    random: randomFigures(outcomes),
    overLength: estimate((router.apgr.value ?? NaN) - (length.apgr.value ?? NaN), differences),
  };
}

function scorerReport(
  outcomes: PairedQuality,
  ranked: readonly RankedScores[],
  drawn: readonly GapFigures[],
): ScorerReport {
  const { apgr, cpt50, cpt80, curve } = evaluateRankings(outcomes, ranked);
  return {
    apgr: estimate(
      apgr,
      drawn.map((figures) => figures.apgr),
    ),
    cpt50: estimate(
      cpt50,
      drawn.map((figures) => figures.cpt50),
    ),
    cpt80: estimate(
      cpt80,
      drawn.map((figures) => figures.cpt80),
    ),
    curve,
  };
}

function estimate(value: number, drawn: readonly number[]): Estimate {
  if (!Number.isFinite(value)) return { value: null, low: null, high: null };
  const { low, high } = interval95(drawn);
  return { value: figure(value), low: figure(low), high: figure(high) };
}

function randomFigures(outcomes: PairedQuality): RoutingReport['random'] {
  const random = seededRandom(RANDOM_SEED);
  const runs = Array.from({ length: RANDOM_RUNS }, () =>
    evaluateScores(outcomes, Float64Array.from(outcomes.weak, random)),
  );
  return {
    apgr: figure(mean(runs.map(({ apgr }) => apgr))),
    cpt50: figure(mean(runs.map(({ cpt50 }) => cpt50))),
    cpt80: figure(mean(runs.map(({ cpt80 }) => cpt80))),
  };
}

function memberOf(
  { table, pair, named, standIns }: DecidedRouting,
  side: keyof Pair,
  rows: readonly number[],
): PairMember {
  const model = pair[side];
  return {
    model,
    isNamed: named[side] === model,
    isStandIn: standIns.includes(model),
    quality: figure(mean(rows.map((row) => table.score(model, row)))),
    costUsd: figure(mean(rows.map((row) => table.costUsd(model, row)))),
  };
}
