/**
 * What a decision on bad input takes, and how it grows: the least of several runs on n and on 4n characters of each
 * hostile family. Ends with an error where growth is not linear.
 */
import { ModelRouter } from 'routell';
import { HOSTILE_TEXTS } from '../test/router/hostile-texts.js';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 5);
const LENGTH = 10_000_000;
/** Times as long may take so many times as long: 4, and what a busy machine adds. */
const MOST_GROWTH = 6;
/** Below this, a machine's own noise is all there is. */
const LEAST_MS = 5;

const router = new ModelRouter({ models: { 'any-length': { prices: { input: 0.1, output: 0.4 } } } });

/** Least milliseconds of a decision on each text, in turns. Each text is new and flat, as one from the wire is. */
function leastMs(texts: readonly string[], runs: number): readonly number[] {
  const contents = texts.map((text) => JSON.parse(JSON.stringify(text)) as string);
  const least = contents.map(() => Infinity);
  for (let run = 0; run < runs; run++) {
    for (const [index, content] of contents.entries()) {
      const began = performance.now();
      router.previewRequest([{ role: 'user', content }]);
      least[index] = Math.min(least[index]!, performance.now() - began);
    }
  }
  return least;
}

for (const text of Object.values(HOSTILE_TEXTS)) leastMs([text(10_000)], RUNS);
console.log('family                              2.5 MB     10 MB   growth     64 kB    256 kB   growth');
const growing: string[] = [];
for (const [name, text] of Object.entries(HOSTILE_TEXTS)) {
  const cells = [LENGTH, 256_000].map((length) => {
    const runs = length === LENGTH ? RUNS : 6 * RUNS;
    const [quarter = 0, whole = 0] = leastMs([text(length / 4), text(length)], runs);
    if (whole >= LEAST_MS && whole / quarter > MOST_GROWTH) growing.push(name);
    return `${quarter.toFixed(2).padStart(7)}ms ${whole.toFixed(2).padStart(7)}ms  × ${(whole / quarter).toFixed(1).padStart(4)}`;
  });
  console.log(name.padEnd(32) + cells.join('  '));
}
if (growing.length > 0) {
  console.error(`not linear: ${growing.join(', ')}`);
  process.exitCode = 1;
}
