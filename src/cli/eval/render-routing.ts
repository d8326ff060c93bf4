import { count, decimals, percent, plural, usd } from '../figures.js';
import { printable } from '../printable.js';
import { type Column, table } from '../table.js';
import type {
  Estimate,
  Figure,
  ModelPoint,
  ModelsReport,
  PairMember,
  RoutingReport,
  ScorerReport,
  SweepPoint,
} from './report.js';

/** The tables of one routing file. */
export function renderRouting(report: RoutingReport): string {
  const { file, n, scale, strong, weak, models } = report;
  const divided = scale === 1 ? '' : `, ratings divided by ${scale}`;
  const parts = [
    printable(`Routing: ${file}, ${plural(n, 'prompt')}${divided}`),
    printable(`strong ${member(strong, 'best mean')}; weak ${member(weak, 'worst mean')}`),
    table(scorerRows(report), COLUMNS),
    `APGR over prompt length: ${estimate(report.overLength, signed)}`,
  ];
  if (models !== null) parts.push('', renderModels(models, [strong.model, weak.model]));
  return parts.join('\n');
}

function member({ model, isNamed, isStandIn }: PairMember, otherwise: string): string {
  const known = isStandIn ? ', unknown to the catalogue' : '';
  return `${model} (${isNamed ? 'as named' : otherwise}${known})`;
}

/** A line of the table: figures of a scorer, or what a policy without scores brings. */
interface ScorerRow {
  readonly name: string;
  readonly apgr: string;
  readonly cpt50: string;
  readonly cpt80: string;
  readonly quality: Figure;
  readonly costUsd: Figure;
}

const COLUMNS: readonly Column<ScorerRow>[] = [
  { heading: '', cell: ({ name }) => name },
  { heading: 'APGR', cell: ({ apgr }) => apgr },
  { heading: 'CPT(50 %)', cell: ({ cpt50 }) => cpt50 },
  { heading: 'CPT(80 %)', cell: ({ cpt80 }) => cpt80 },
  { heading: 'quality', cell: ({ quality }) => (quality === null ? '' : decimals(quality)), align: 'right' },
  { heading: 'cost', cell: ({ costUsd }) => (costUsd === null ? '' : usd(costUsd)), align: 'right' },
];

function scorerRows(report: RoutingReport): readonly ScorerRow[] {
  const { router, length, oracle, random, bestOfBoth, strong, weak } = report;
  const plain = { apgr: '', cpt50: '', cpt80: '' };
  const randomly = {
    apgr: decimals(random.apgr),
    cpt50: percent(random.cpt50),
    cpt80: percent(random.cpt80),
  };
  return [
    { name: 'routell', ...scorer(router), quality: null, costUsd: null },
    { name: 'prompt length', ...scorer(length), quality: null, costUsd: null },
    { name: 'random', ...randomly, quality: null, costUsd: null },
    { name: 'oracle', ...scorer(oracle), quality: bestOfBoth, costUsd: null },
    { name: 'always strong', ...plain, quality: strong.quality, costUsd: strong.costUsd },
    { name: 'always weak', ...plain, quality: weak.quality, costUsd: weak.costUsd },
  ];
}

function scorer({ apgr, cpt50, cpt80 }: ScorerReport): Pick<ScorerRow, 'apgr' | 'cpt50' | 'cpt80'> {
  return {
    apgr: estimate(apgr, decimals),
    cpt50: estimate(cpt50, percent),
    cpt80: estimate(cpt80, percent),
  };
}

function estimate({ value, low, high }: Estimate, shown: (figure: Figure) => string): string {
  return value === null ? '-' : `${shown(value)} [${shown(low)}, ${shown(high)}]`;
}

function signed(value: Figure): string {
  return value === null ? '-' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
}

function renderModels(report: ModelsReport, pair: readonly string[]): string {
  const { models, oracle, sweep, costs, hullAiq, routerAiq } = report;
  const shown = models.filter(({ model, isOnHull }) => isOnHull || pair.includes(model));
  const left = models.length - shown.length;
  const among = costs === 'none' ? 'no costs given' : `${costs} costs`;
  const parts = [
    `${count(models.length)} models, ${among}; oracle: ${point(oracle)}`,
    table(shown, MODEL_COLUMNS),
    left === 0 ? '' : `${plural(left, 'model')} off the hull not shown: --json`,
  ];
  if (costs !== 'none') {
    parts.push(`AIQ: hull of the models ${decimals(hullAiq)}, routell ${decimals(routerAiq)}`);
  }
  if (costs !== 'none' && sweep.length === 0) {
    parts.push('No prompt has two models of known cost, so routell has no points of its own.');
  }
  if (sweep.length > 0) {
    parts.push(
      table(runsOf(sweep), [
        { heading: 'routell, by weight of cost', cell: ({ weights }) => weights },
        { heading: 'quality', cell: ({ quality }) => decimals(quality), align: 'right' },
        { heading: 'cost', cell: ({ costUsd }) => usd(costUsd), align: 'right' },
      ]),
    );
  }
  return parts.filter((part) => part !== '').join('\n');
}

/** Neighbouring weights that come to the same are one line. */
function runsOf(sweep: readonly SweepPoint[]): readonly (SweepPoint & { readonly weights: string })[] {
  const runs: { first: SweepPoint; last: SweepPoint }[] = [];
  for (const point of sweep) {
    const run = runs.at(-1);
    if (run?.first.costUsd === point.costUsd && run.first.quality === point.quality) run.last = point;
    else runs.push({ first: point, last: point });
  }
  return runs.map(({ first, last }) => {
    const weights = [...new Set([first, last])].map(({ costWeight }) => costWeight.toFixed(3)).join(' to ');
    return { ...first, weights };
  });
}

function point({ n, quality, priced, costUsd }: ModelsReport['oracle']): string {
  const known = priced === n ? '' : ` (the cost is known of ${count(priced)} of ${count(n)})`;
  return `quality ${decimals(quality)}${costUsd === null ? '' : ` at ${usd(costUsd)}${known}`}`;
}

const MODEL_COLUMNS: readonly Column<ModelPoint>[] = [
  { heading: 'model', cell: ({ model }) => model },
  { heading: 'n', cell: ({ n }) => count(n), align: 'right' },
  { heading: 'quality', cell: ({ quality }) => decimals(quality), align: 'right' },
  { heading: 'cost', cell: ({ costUsd }) => (costUsd === null ? '' : usd(costUsd)), align: 'right' },
  { heading: 'on the hull', cell: ({ isOnHull }) => (isOnHull ? 'yes' : '') },
];
