/**
 * Measures what a router learns: npm run eval:learning -- --data DIRECTORY [--seeds 10] [--plot FILE.svg].
 * Over every routing file with several categories and models, shuffled: the router decides on the prompt, and is
 * told the quality of the answer of the model it chose, and of no other.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type AskSet, readSets } from './learning/dataset.js';
import {
  categoryGainOrder,
  costOfEvenUse,
  costOfWidestGap,
  decisionsOf,
  type Gap,
  gainOrder,
  gapsByWindow,
  knownModels,
  recovery,
  settingAt,
  shareOf,
  WINDOW,
} from './learning/measure.js';
import { regretPlot } from './learning/plot.js';
import { capabilitiesOf } from './learning/run.js';
import { VARIANTS } from './learning/variants.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seeds: { type: 'string', default: '10' },
    plot: { type: 'string' },
  },
});
if (values.data === undefined) throw new TypeError('--data names the directory of the routing files.');
const seeds = Number(values.seeds);
const curves: { readonly name: string; readonly gaps: readonly Gap[] }[] = [];
const fixed = (value: number): string => (Number.isFinite(value) ? value.toFixed(3) : 'none');

for (const set of readSets(values.data)) report(set);
if (values.plot !== undefined) writeFileSync(values.plot, regretPlot(curves, seeds));

function report(set: AskSet): void {
  const known = knownModels(capabilitiesOf(set));
  console.log(
    `\n${set.name}: ${set.asks.length} asks, ${set.categories.length} categories, ${set.models.length} models, ${known} of them in the catalogue; costs ${set.hasCosts ? 'of the file' : 'assumed'}`,
  );
  const targetUsd = costOfWidestGap(set);
  console.log(
    `share of the gap between single models and the best model per category, at the same cost, about ${targetUsd.toPrecision(2)} USD`,
  );
  console.log(
    `  by ${WINDOW} decisions; last 500; all ${decisionsOf(set)}; quality after a collapse, of the best`,
  );
  for (const { name, ...variant } of VARIANTS) {
    const setting = settingAt(set, seeds, variant, targetUsd);
    const gaps = gapsByWindow(setting);
    const windows = gaps.map((gap) => shareOf([gap]).toFixed(2)).join(' ');
    const shares = `${fixed(shareOf(gaps.slice(-2)))}; ${fixed(shareOf(gaps))}`;
    console.log(`  ${name.padEnd(28)} ${windows}; ${shares}; ${fixed(recovery(setting))}`);
    curves.push({ name: `${set.name}, ${name}`, gaps });
  }
  if (set.models.length === 2) reportOrder(set);
}

function reportOrder(set: AskSet): void {
  console.log(`APGR by predicted gain; the mean gain per category, known: ${fixed(categoryGainOrder(set))}`);
  for (const { name, ...variant } of VARIANTS) {
    const { whole, heldOut, strongShare } = gainOrder(settingAt(set, seeds, variant, costOfEvenUse(set)));
    console.log(
      `  ${name.padEnd(28)} whole file ${fixed(whole)}, held out ${fixed(heldOut)} (strong ${Math.round(100 * strongShare)} %)`,
    );
  }
}
