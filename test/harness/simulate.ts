/**
 * npm run simulate -- [--seed 1] [--runs 2000]: runs in virtual time, without sockets, one for each seed from the
 * first on. A seed that breaks an invariant is printed, and `--seed S --runs 1` is the same run again. With
 * --outage the figures of an outage, and of independent faults, instead.
 */
import { parseArgs } from 'node:util';
import { type Finding, findingLines, Findings } from './findings.js';
import { outageLines } from './outage.js';
import { simulate } from './simulation.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '2000' },
    outage: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const runs = Number(values.runs);
if (!(seed >= 0 && runs >= 1)) throw new TypeError('--seed is a number, --runs a count.');

if (values.outage) for await (const line of outageLines(seed)) console.log(line);
else await runAll();

async function runAll(): Promise<void> {
  const startedMs = performance.now();
  const all = new Findings();
  const failed: { readonly seed: number; readonly broken: readonly Finding[] }[] = [];
  let [calls, attempts, succeeded] = [0, 0, 0];
  for (let own = seed; own < seed + runs; own++) {
    const findings = new Findings();
    const run = await simulate(own, findings);
    calls += run.calls;
    attempts += run.attempts;
    succeeded += run.succeeded;
    all.add(findings.all);
    if (findings.broken.length > 0) failed.push({ seed: own, broken: findings.broken });
  }
  const minutes = (performance.now() - startedMs) / 60_000;
  console.log(
    [
      `${runs} runs from seed ${seed}: ${(minutes * 60).toFixed(1)} s, ${Math.round(runs / minutes)} runs a minute`,
      `  ${calls} calls, ${succeeded} succeeded; ${attempts} attempts`,
      ...findingLines(all.all),
    ].join('\n'),
  );
  for (const { seed: own, broken } of failed.slice(0, 10)) {
    console.error(`\nseed ${own}: ${broken.map(({ invariant }) => invariant).join('; ')}`);
    console.error(`  again: npm run simulate -- --seed ${own} --runs 1`);
  }
  if (failed.length > 0) process.exitCode = 1;
}
