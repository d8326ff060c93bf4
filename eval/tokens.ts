/**
 * How far the token estimate is off: `npm run eval:tokens -- --data <folder of counted texts> [--write]`. A row is
 * `{ id, lang, kind, text, tokens: { o200k_base } }`. Prints the error on texts that the fit did not see, in five folds
 * by subject (a paragraph is left out in all its languages at once), beside tokenx and gpt-tokenizer. With `--write` it
 * fits to all and writes `src/catalog/token-weights.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { estimateTokenCount } from 'tokenx';
import { estimateTokens, setTokenWeights } from '../src/catalog/token-estimate.js';
import { PAIR_WEIGHTS, RULE_WEIGHTS } from '../src/catalog/token-weights.js';
import { fitWeights } from './tokens/fit.js';
import {
  askSamples,
  FOLDS,
  madeSamples,
  messageSamples,
  readSamples,
  type TokenSample,
} from './tokens/samples.js';
import { printHostile, printSpeeds } from './tokens/speed.js';
import { storedWeights, weightsFile } from './tokens/weights-file.js';

const { values } = parseArgs({
  options: { data: { type: 'string' }, write: { type: 'boolean', default: false } },
});
if (values.data === undefined) throw new Error('--data <folder> names the counted texts.');

/** Texts beside those of the folder count less: they are there so that no script and no encoding is unknown. */
const LOUDNESS_OF_OTHERS = 0.1;
/** English is what most requests are in, and many other languages share its letters. */
const LOUDNESS_OF_ENGLISH = 3;
const read = readSamples(values.data);
const others = [...askSamples(), ...messageSamples(), ...madeSamples()];
const loud = [
  ...read.map((sample) => [sample, sample.group.endsWith(' en') ? LOUDNESS_OF_ENGLISH : 1] as const),
  ...others.map((sample) => [sample, LOUDNESS_OF_OTHERS] as const),
];

function use(samples: typeof loud): ReturnType<typeof storedWeights> {
  const stored = storedWeights(fitWeights(samples));
  setTokenWeights(stored.rules, stored.pairs);
  return stored;
}

const off = (estimate: number, { tokens }: TokenSample): number => estimate / tokens - 1;
const errors = new Map<string, { readonly ours: number[]; readonly tokenx: number[] }>();

function note(group: string, sample: TokenSample, ours: number): void {
  const found = errors.get(group) ?? { ours: [], tokenx: [] };
  errors.set(group, found);
  found.ours.push(ours);
  found.tokenx.push(off(estimateTokenCount(sample.text), sample));
}

function percents(list: readonly number[]): string {
  const sorted = list.map(Math.abs).sort((a, b) => a - b);
  const middle = ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
  const bias = list.reduce((sum, error) => sum + error, 0) / list.length;
  const mean = sorted.reduce((sum, error) => sum + error, 0) / list.length;
  return [middle, mean, bias].map((share) => (share * 100).toFixed(1).padStart(7)).join(' ');
}

for (let fold = 0; fold < FOLDS; fold++) {
  use(loud.filter(([sample]) => sample.fold !== fold));
  for (const sample of [...read, ...others]) {
    if (sample.fold !== fold) continue;
    const error = off(estimateTokens(sample.text), sample);
    if (read.includes(sample)) note('all of the folder', sample, error);
    note(sample.group, sample, error);
  }
}

console.log(
  'Error in %, texts left out of the fit: median of the absolute, its mean, mean with sign; gpt-tokenizer is exact',
);
console.log(`${'texts'.padEnd(30)}      routell                 tokenx`);
for (const group of [...errors.keys()].sort()) {
  const { ours, tokenx } = errors.get(group) ?? { ours: [], tokenx: [] };
  console.log(`${group.padEnd(24)} ${String(ours.length).padStart(4)} ${percents(ours)} ${percents(tokenx)}`);
}

if (values.write) {
  const file = join(import.meta.dirname, '../src/catalog/token-weights.ts');
  writeFileSync(file, weightsFile(use(loud)));
} else setTokenWeights(RULE_WEIGHTS, PAIR_WEIGHTS);
printSpeeds(read.map(({ text }) => text).join('\n'));
printHostile();
