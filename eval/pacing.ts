/**
 * `npm run eval:pacing [-- --months 50]`: simulated months under a hard monthly budget that does not cover what is asked, with
 * and without pacing. Through the real router, ledger, pacer and pattern of demand, in virtual time and seeded; no client
 * and no upstream: prompts, lengths and bursts are made up, P(good) is the router's own estimate. It shows mechanics.
 */
import { parseArgs } from 'node:util';
import { simulateMonths } from './pacing/months.js';

const { values } = parseArgs({ options: { months: { type: 'string', default: '50' } } });
const months = Number(values.months);

console.log(
  '| pacing | months with a refused call | calls refused | spent, mean | spent, least | P(good) a call | factor, mean | highest |',
);
console.log('| --- | --: | --: | --: | --: | --: | --: | --: |');
for (const isPaced of [false, true]) {
  const simulated = simulateMonths({ months, isPaced, seed: 1 });
  const mean = (of: (month: (typeof simulated)[number]) => number): number =>
    simulated.reduce((sum, month) => sum + of(month), 0) / simulated.length;
  const calls = simulated.reduce((sum, month) => sum + month.calls, 0);
  const refused = simulated.reduce((sum, month) => sum + month.refused, 0);
  const stopped = simulated.filter((month) => month.refused > 0).length;
  const least = Math.min(...simulated.map((month) => month.spentShare));
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  console.log(
    `| ${isPaced ? 'on' : 'off'} | ${stopped} of ${simulated.length} | ${percent(refused / calls)} | ${percent(mean((month) => month.spentShare))} | ${percent(least)} | ${(simulated.reduce((sum, month) => sum + month.good, 0) / calls).toFixed(3)} | ${mean((month) => month.meanFactor).toFixed(1)} | ${Math.max(...simulated.map((month) => month.highestFactor)).toFixed(1)} |`,
  );
}
