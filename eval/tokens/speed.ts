import { gzipSync } from 'node:zlib';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { estimateTokenCount } from 'tokenx';
import { estimateTokens } from '../../src/catalog/token-estimate.js';

const CHARACTERS = 40_000;
const ROUNDS = 30;
const root = join(import.meta.dirname, '../..');

/** Gzipped kB of the modules that counting takes, as they stand on disk. */
function gzippedKilobytes(...paths: readonly string[]): number {
  const sources = paths.map((path) => readFileSync(join(root, path)));
  return sources.reduce((sum, source) => sum + gzipSync(source).length, 0) / 1000;
}

/** Characters a microsecond, the best round of each; they take turns, so that a busy machine meets all alike. */
export function printSpeeds(text: string): void {
  const part = JSON.parse(JSON.stringify(text.slice(0, CHARACTERS))) as string;
  const tokenx = 'node_modules/tokenx/dist';
  const library = ['character-kinds', 'token-rules', 'token-weights', 'token-estimate'];
  const contenders: readonly (readonly [string, (text: string) => number, number])[] = [
    ['routell', estimateTokens, gzippedKilobytes(...library.map((name) => `src/catalog/${name}.ts`))],
    ['tokenx', estimateTokenCount, gzippedKilobytes(...readdirSync(join(root, tokenx)).filter((name) => name === 'index.mjs').map((name) => join(tokenx, name)))],
    ['gpt-tokenizer', countTokens, gzippedKilobytes('node_modules/gpt-tokenizer/esm/bpeRanks/o200k_base.js')],
  ];
  const best = contenders.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, [, count]] of contenders.entries()) {
      const began = performance.now();
      count(part);
      best[index] = Math.min(best[index] ?? Infinity, performance.now() - began);
    }
  }
  const megabytes = Buffer.byteLength(part) / 1e6;
  for (const [index, [name, , kilobytes]] of contenders.entries()) {
    const speed = megabytes / ((best[index] ?? 0) / 1000);
    console.log(`${name.padEnd(14)} ${speed.toFixed(1).padStart(7)} MB/s ${kilobytes.toFixed(0).padStart(6)} kB gzipped`);
  }
}
