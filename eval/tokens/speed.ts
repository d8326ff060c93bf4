import { gzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
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

/** Megabytes a second, the best round of each; they take turns, so that a busy machine meets all alike. */
export function printSpeeds(text: string): void {
  const part = JSON.parse(JSON.stringify(text.slice(0, CHARACTERS))) as string;
  const library = ['character-kinds', 'token-rules', 'token-weights', 'token-estimate'];
  const contenders: readonly (readonly [string, (text: string) => number, number])[] = [
    ['routell', estimateTokens, gzippedKilobytes(...library.map((name) => `src/catalog/${name}.ts`))],
    ['tokenx', estimateTokenCount, gzippedKilobytes('node_modules/tokenx/dist/index.mjs')],
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
    console.log(
      `${name.padEnd(14)} ${speed.toFixed(1).padStart(7)} MB/s ${kilobytes.toFixed(0).padStart(6)} kB gzipped`,
    );
  }
}

const HOSTILE: readonly string[] = [
  'a',
  'A',
  ' ',
  '\n',
  '(',
  '7',
  'aB',
  'a1',
  '字',
  '😀',
  '\ud800',
  'e\u0301',
];
const HOSTILE_CHARACTERS = 1e7;
const HOSTILE_ROUNDS = 40;

function milliseconds(text: string, times: number): number {
  const began = performance.now();
  for (let time = 0; time < times; time++) estimateTokens(text);
  return (performance.now() - began) / times;
}

/** Of many rounds the middle one: a machine that others use changes its speed. */
function middle(measure: () => number): number {
  return Array.from({ length: HOSTILE_ROUNDS }, measure).sort((a, b) => a - b)[HOSTILE_ROUNDS >> 1] ?? 0;
}

/** Twelve families without an end at 10 MB, and how the time grows with the length, where all characters are read. */
export function printHostile(): void {
  const flat = (unit: string, characters: number): string =>
    Buffer.from(unit.repeat(Math.ceil(characters / unit.length)), 'utf16le').toString('utf16le');
  const times = HOSTILE.map((unit) => {
    const text = flat(unit, HOSTILE_CHARACTERS);
    return middle(() => milliseconds(text, 1));
  });
  const growths = HOSTILE.map((unit) => {
    const texts = [flat(unit, 24_000), flat(unit, 48_000)] as const;
    return middle(() => milliseconds(texts[1], 10) / milliseconds(texts[0], 10));
  });
  console.log(`12 hostile families of 10 MB: at most ${Math.max(...times).toFixed(2)} ms`);
  console.log(`time of 48,000 characters over that of 24,000: at most ${Math.max(...growths).toFixed(2)}`);
}
