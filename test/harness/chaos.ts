/**
 * npm run chaos -- [--calls 20000] [--seed 1] [--faults 0.2] [--concurrency 32] [--progress FILE]: calls of all
 * kinds over real sockets against the simulator, in a process of its own, which keeps its own book; afterwards the two are compared. Ends
 * with 1 where an invariant does not hold. With --progress a run that was broken off goes on where it was.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChaosProgress, runChaos } from './chaos-run.js';
import { findingLines } from './findings.js';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: '0.2' },
    concurrency: { type: 'string', default: '32' },
    progress: { type: 'string' },
  },
});
const [calls, seed, faults, concurrency] = [values.calls, values.seed, values.faults, values.concurrency].map(
  Number,
);
if (!(calls! >= 1 && seed! >= 0 && faults! >= 0 && faults! <= 1 && concurrency! >= 1)) {
  throw new TypeError('--calls and --concurrency are counts, --seed a number, --faults a share from 0 to 1.');
}
const options = { calls: calls!, seed: seed!, faults: faults!, concurrency: concurrency! };
const file = values.progress;

interface Saved {
  readonly options: typeof options;
  readonly progress: ChaosProgress;
}

/** Only the same run goes on. */
function savedProgress(): ChaosProgress | undefined {
  if (file === undefined || !existsSync(file)) return undefined;
  const saved = JSON.parse(readFileSync(file, 'utf8')) as Saved;
  if (JSON.stringify(saved.options) !== JSON.stringify(options)) return undefined;
  console.log(`goes on after ${saved.progress.calls} calls`);
  return saved.progress;
}

const progress = savedProgress();
let toldMs = performance.now();
const report = await runChaos({
  ...options,
  ...(progress === undefined ? {} : { progress }),
  onBatch: (made, { rss, heap }) => {
    if (file !== undefined) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ options, progress: made } satisfies Saved));
    }
    if (performance.now() - toldMs < 30_000) return;
    toldMs = performance.now();
    console.log(
      `${made.calls} of ${options.calls} calls, RSS ${rss.toFixed(1)} MB, heap ${heap.toFixed(1)} MB`,
    );
  },
});
if (file !== undefined) rmSync(file, { force: true });

const broken = report.findings.filter((finding) => finding.broken > 0);
const megabytes = (value: number | null): string =>
  value === null ? 'not measured' : `${value.toFixed(1)} MB`;
console.log(
  [
    `${report.calls} calls, ${100 * options.faults} % faults, concurrency ${options.concurrency}, seed ${options.seed}: ${report.seconds.toFixed(1)} s`,
    `  ends: ${Object.entries(report.endings)
      .map(([ending, count]) => `${ending} ${count}`)
      .join(', ')}`,
    `  ${report.succeeded} succeeded; ${report.attempts} attempts, of which ${report.received} reached the upstream`,
    `  ${report.exact} booked to the token, ${report.estimated} estimated`,
    `  growth after warm-up: RSS ${megabytes(report.rssGrowthMb)}, heap ${megabytes(report.heapGrowthMb)}`,
    ...findingLines(report.findings),
  ].join('\n'),
);
if (broken.length > 0) {
  console.error(
    `\n${broken.length} invariants do not hold. Again: npm run chaos -- --calls ${calls} --seed ${seed} --faults ${faults} --concurrency ${concurrency}`,
  );
  process.exitCode = 1;
}
