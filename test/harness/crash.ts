/**
 * npm run crash -- [--kills 1000] [--seed 1]: kill -9 at random instants while records are written and money is
 * moved. After each kill the files must hold every acknowledged record once, and budgets not be under.
 */
import { parseArgs } from 'node:util';
import { runCrashes } from './crash-run.js';
import { findingLines } from './findings.js';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string', default: '1' } },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
if (!(kills >= 1 && seed >= 0)) throw new TypeError('--kills is a count, --seed a number.');

const startedMs = performance.now();
const report = await runCrashes({ kills, seed });
const broken = report.findings.filter((finding) => finding.broken > 0);
console.log(
  [
    `${report.kills} kills (${report.whileOpening} before the stores were open), seed ${seed}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
    `  ${report.acknowledged} records acknowledged; slowest opening ${report.slowestOpenMs.toFixed(1)} ms`,
    ...findingLines(report.findings),
  ].join('\n'),
);
if (broken.length > 0) {
  console.error(
    `\n${broken.length} invariants do not hold. Again: npm run crash -- --kills ${kills} --seed ${seed}`,
  );
  process.exitCode = 1;
}
