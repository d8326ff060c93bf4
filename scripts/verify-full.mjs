/**
 * `npm run verify:full`: the long runs, one after the other, or those named. `chaos` takes more than an hour; broken off, it goes on.
 * A long run is added here, and its figure to docs/figures.md.
 */
import { bin, ensureBuilt, ensureInstalled, runNode, secondsSince } from './workspace.mjs';

/** @type {readonly { name: string, run: () => number }[]} */
const longRuns = [
  {
    name: 'properties',
    run: () => runNode([bin('vitest'), 'run', '--testTimeout', '600000'], { FAST_CHECK_RUNS: '20000' }),
  },
  {
    name: 'chaos',
    // Goes on where it was broken off.
    run: () =>
      runNode([
        bin('tsx'),
        'test/harness/chaos.ts',
        ...['--calls', '1000000', '--progress', 'temp/chaos.json'],
      ]),
  },
  {
    name: 'simulate',
    run: () => runNode([bin('tsx'), 'test/harness/simulate.ts', '--runs', '50000']),
  },
  {
    name: 'streams',
    run: () =>
      runNode([bin('tsx'), 'test/harness/streams.ts'].concat('--streams', '100000', '--splits', '10000000')),
  },
  { name: 'aborts', run: () => runNode([bin('tsx'), 'test/harness/aborts.ts', '--rounds', '1000']) },
  {
    name: 'budgets',
    run: () => runNode([bin('tsx'), 'test/harness/budgets.ts', '--rounds', '1000']),
  },
  { name: 'outage', run: () => runNode([bin('tsx'), 'test/harness/simulate.ts', '--outage']) },
  { name: 'crash', run: () => runNode([bin('tsx'), 'test/harness/crash.ts', '--kills', '1000']) },
  { name: 'bench', run: () => runNode(['scripts/bench.mjs']) },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !longRuns.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `No such run: ${unknown.join(', ')}. There are: ${longRuns.map((step) => step.name).join(', ')}.`,
  );
  process.exit(1);
}

ensureInstalled();
ensureBuilt();
for (const { name, run } of longRuns.filter((step) => asked.length === 0 || asked.includes(step.name))) {
  const startedMs = performance.now();
  console.log(`\n${name} …`);
  const status = run();
  console.log(`${status === 0 ? 'passed' : 'FAILED'}  ${name}  ${secondsSince(startedMs)}`);
  if (status !== 0) process.exitCode = status;
}
