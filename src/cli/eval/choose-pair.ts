import type { ScoreTable } from './score-table.js';
import type { Pair } from './stand-ins.js';

/** The models that the command line names. */
export type NamedPair = Readonly<Partial<Pair>>;

/** A model with fewer rows than this share of the most is compared with others on too few. */
const LEAST_COVERAGE = 0.5;

/**
 * The models that are named, where the file has them; else the one of the best mean and the one of the worst.
 * `null` where no prompt has scores of both.
 */
export function choosePair(table: ScoreTable, named: NamedPair): Pair | null {
  const means = table.models.map((model) => ({ model, ...table.meanOf(model) }));
  const most = Math.max(...means.map(({ n }) => n));
  const byQuality = means
    .filter(({ n }) => n >= LEAST_COVERAGE * most)
    .sort((a, b) => b.quality - a.quality || (a.model < b.model ? -1 : 1))
    .map(({ model }) => model);
  const has = (model: string | undefined): model is string =>
    model !== undefined && table.models.includes(model);
  const strong = has(named.strong) ? named.strong : byQuality.find((model) => model !== named.weak);
  const weak = has(named.weak) ? named.weak : byQuality.findLast((model) => model !== strong);
  if (strong === undefined || weak === undefined || strong === weak) return null;
  return table.rowsWith([strong, weak]).length === 0 ? null : { strong, weak };
}
