/**
 * npm run budgets -- [--rounds 1000] [--seed 1] [--calls 200]: rounds of calls that are all made at once, each with
 * a hard budget too small for them, with faults, fallbacks, aborts and streams. The simulator's book says what was
 * spent. Ends with 1 where an invariant does not hold.
 */
import { parseArgs } from 'node:util';
import { LEAST_TIGHT_USE, runBudgets } from './budgets-run.js';
import { findingLines } from './findings.js';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    calls: { type: 'string', default: '200' },
  },
});
const [rounds, seed, calls] = [values.rounds, values.seed, values.calls].map(Number);
if (!(rounds! >= 1 && seed! >= 0 && calls! >= 1)) {
  throw new TypeError('--rounds and --calls are counts, --seed a number.');
}
// Refused calls are many here, and nobody reads where they were.
Error.stackTraceLimit = 0;
let toldMs = performance.now();
const report = await runBudgets({
  rounds: rounds!,
  seed: seed!,
  calls: calls!,
  onRounds: (made) => {
    if (performance.now() - toldMs < 30_000) return;
    toldMs = performance.now();
    console.log(`${made} of ${rounds} rounds`);
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const endings = Object.entries(report.endings).map(([ending, count]) => `${ending} ${count}`);
console.log(
  [
    `${report.rounds} rounds of ${calls} calls at once, seed ${seed}: ${report.seconds.toFixed(1)} s`,
    `  ends: ${endings.join(', ')}`,
    `  ${report.attempts} attempts`,
    `  overspent: ${report.overspent} rounds; most that the upstream counted: ${percent(report.worstUseByUpstream)} of a budget`,
    `  use of the budget where caps are tight (${report.tightRounds} rounds): ${percent(report.tightUse)} booked, ${percent(report.worstTightUse)} in the worst; the upstream counted ${percent(report.tightUseByUpstream)}`,
    ...findingLines(report.findings),
  ].join('\n'),
);
if (report.findings.some(({ broken }) => broken > 0) || report.tightUse < LEAST_TIGHT_USE) {
  console.error(
    `\nNot all of it holds. Again: npm run budgets -- --rounds ${rounds} --seed ${seed} --calls ${calls}`,
  );
  process.exitCode = 1;
}
