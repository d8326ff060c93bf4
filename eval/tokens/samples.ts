import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tokenTexts from 'gpt-tokenizer/bpeRanks/o200k_base';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { seededRandom } from '../../src/evaluation/random.js';

/** A text, and where its tokens begin. */
export interface TokenSample {
  readonly group: string;
  /** Texts of one subject share a fold: the same paragraph in twelve languages, one problem in six. */
  readonly fold: number;
  readonly text: string;
  readonly tokens: number;
  /** By UTF-16 code unit: how many tokens begin in it. */
  readonly begins: Uint8Array;
}

export const FOLDS = 5;

interface Row {
  readonly id: string;
  readonly lang: string;
  readonly kind: string;
  readonly text: string;
  readonly tokens: { readonly o200k_base: number };
}

function bytesOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

function sampleOf(group: string, fold: number, text: string): TokenSample {
  const unitOfByte: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.codePointAt(index) ?? 0;
    for (let byte = bytesOf(code); byte > 0; byte--) unitOfByte.push(index);
    if (code > 0xffff) index++;
  }
  const begins = new Uint8Array(text.length);
  const tokens = encode(text);
  let byte = 0;
  for (const token of tokens) {
    const unit = unitOfByte[byte] ?? 0;
    begins[unit] = (begins[unit] ?? 0) + 1;
    const written = tokenTexts[token] ?? '';
    byte += typeof written === 'string' ? Buffer.byteLength(written) : written.length;
  }
  return { group, fold, text, tokens: tokens.length, begins };
}

/** The number that ends an id is its subject; eight lines of a source apart, since paragraphs and languages take turns. */
function foldOf({ id, kind }: Row): number {
  const number = /\d+$/.exec(id)?.[0];
  if (number === undefined) return Buffer.from(id).reduce((sum, byte) => sum + byte, 0) % FOLDS;
  const subject = kind === 'prose' || kind === 'code' ? Math.floor(Number(number) / 8) : Number(number);
  return subject % FOLDS;
}

/** Reads every `.jsonl` of a folder; the counts that its rows name have to be those of the tokenizer. */
export function readSamples(folder: string): readonly TokenSample[] {
  const samples: TokenSample[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.jsonl')) continue;
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      if (line === '') continue;
      const row = JSON.parse(line) as Row;
      const group = row.kind === 'json' ? 'json' : `${row.kind} ${row.lang}`;
      const sample = sampleOf(group, foldOf(row), row.text);
      if (sample.tokens !== row.tokens.o200k_base) throw new Error(`${file}: ${row.id} has other tokens.`);
      samples.push(sample);
    }
  }
  return samples;
}

const ASKS_EVERY = 8;
const LEAST_ASK = 60;

/** Asks written for this project, in 13 languages. */
export function askSamples(): readonly TokenSample[] {
  const folder = join(import.meta.dirname, '../asks');
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  const lines = files.sort().flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
  const asks = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Ask);
  return asks
    .filter(({ prompt }, index) => index % ASKS_EVERY === 0 && prompt.length >= LEAST_ASK)
    .map(({ lang, prompt }, index) => sampleOf(`asks ${lang}`, index % FOLDS, prompt));
}

interface Ask {
  readonly lang: string;
  readonly prompt: string;
}

const MESSAGES_OF_ONE_TEXT = 20;

/** Languages of which the folder may have nothing: the compiler's own messages, in every language it has. */
export function messageSamples(): readonly TokenSample[] {
  const compiler = join(import.meta.dirname, '../../node_modules/typescript/lib');
  return ['cs', 'fr', 'it', 'ja', 'ko', 'pl', 'pt-br'].flatMap((language) => {
    const file = join(compiler, language, 'diagnosticMessages.generated.json');
    const messages = Object.values(
      JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>,
    );
    const count = Math.floor(messages.length / MESSAGES_OF_ONE_TEXT / 3);
    return Array.from({ length: count }, (_, text) => {
      const start = text * MESSAGES_OF_ONE_TEXT * 3;
      const joined = messages.slice(start, start + MESSAGES_OF_ONE_TEXT).join('\n');
      return sampleOf(`messages ${language}`, text % FOLDS, joined);
    });
  });
}

const MADE_OF_EACH = 20;
const WORDS = [
  'id',
  'userName',
  'total',
  'created_at',
  'status',
  'north',
  'active',
  'price',
  'items',
  'note',
];

/** What no corpus has enough of: encoded bytes, compact JSON, rows of numbers, emoji; made from a seed. */
export function madeSamples(): readonly TokenSample[] {
  const random = seededRandom(7);
  const below = (count: number): number => Math.floor(random() * count);
  const bytes = (count: number): Buffer => Buffer.from(Array.from({ length: count }, () => below(256)));
  const word = (): string => WORDS[below(WORDS.length)] ?? '';
  const record = (): unknown =>
    Object.fromEntries([
      [word(), below(100_000)],
      [word(), word()],
      [word(), [random() < 0.5, null, below(1000) / 10]],
    ]);
  const list = (make: () => unknown): readonly unknown[] => Array.from({ length: 12 }, make);
  const makers: Readonly<Record<string, () => string>> = {
    base64: () => bytes(300 + below(300)).toString('base64'),
    hex: () => list(() => bytes(8 + below(24)).toString('hex')).join('\n'),
    'compact json': () => JSON.stringify(list(record)),
    'csv of numbers': () => list(() => list(() => below(10 ** (1 + below(6))) / 100).join(',')).join('\n'),
    emoji: () => list(() => String.fromCodePoint(0x1f600 + below(80))).join(' '),
    'runs of one character': () =>
      (['a', 'x', '(', '-', '=', '#', '7', ' ', '\n'][below(9)] ?? '').repeat(500),
  };
  return Object.entries(makers).flatMap(([group, make]) =>
    Array.from({ length: MADE_OF_EACH }, (_, index) => sampleOf(group, index % FOLDS, make())),
  );
}
