/**
 * npm run streams -- [--streams 2000] [--splits 20000] [--seed 1]: streams over real sockets that are
 * cut in every way, none of which may be taken for whole; and one stream in random pieces, with each of the three
 * ends of a line. Ends with 1 where an invariant does not hold. A finding names its seed: that seed with a count of
 * 1 is that case again.
 */
import { parseArgs } from 'node:util';
import { runCutStreams } from './cut-streams.js';
import { findingLines } from './findings.js';
import { runSplits } from './split-streams.js';

const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '2000' },
    splits: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
});
const [streams, splits, seed] = [values.streams, values.splits, values.seed].map(Number);
if (!(streams! >= 0 && splits! >= 0 && seed! >= 0)) {
  throw new TypeError('--streams and --splits are counts, --seed is a number.');
}

let toldMs = performance.now();
const tell =
  (of: number, what: string) =>
  (made: number): void => {
    if (performance.now() - toldMs < 30_000) return;
    toldMs = performance.now();
    console.log(`${made} of ${of} ${what}`);
  };

const startedMs = performance.now();
const cut = await runCutStreams({ streams: streams!, seed: seed!, onProgress: tell(streams!, 'streams') });
const cutSeconds = (performance.now() - startedMs) / 1000;
const split = await runSplits({ splits: splits!, seed: seed!, onProgress: tell(splits!, 'splits') });
const splitSeconds = (performance.now() - startedMs) / 1000 - cutSeconds;

console.log(
  [
    `${streams} streams over sockets, seed ${seed}: ${cutSeconds.toFixed(1)} s`,
    ...Object.entries(cut.endings)
      .sort()
      .map(([ending, count]) => `  ${ending}: ${count}`),
    ...(streams! > 0 ? findingLines(cut.findings.all) : []),
    `${splits} splits with each end of a line, seed ${seed}: ${splitSeconds.toFixed(1)} s`,
    ...(splits! > 0 ? findingLines(split.all) : []),
  ].join('\n'),
);
const broken = [...cut.findings.broken, ...split.broken];
if (broken.length > 0) {
  console.error(`\n${broken.length} invariants do not hold.`);
  process.exitCode = 1;
}
