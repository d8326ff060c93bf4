import { seededRandom } from '../../src/evaluation/random.js';
import { readEvents } from '../../src/upstream/event-stream.js';
import { responseContext } from '../upstream/response-context.js';
import { Findings } from './findings.js';

/** What ends a line, by its name. */
const LINE_ENDS = { LF: '\n', CRLF: '\r\n', CR: '\r' } as const;

const chunk = (delta: object, extra: object = {}): string =>
  JSON.stringify({ id: 'c', choices: [{ index: 0, delta, finish_reason: null }], ...extra });

const TEXTS = ['Überfluß', ' 日本語 👩‍👩‍👧 {"a": "\\n"}', ' data: \u2028\ufeff'];
const ERROR = '{"error":{"message":"nö"}}';
const FINISH =
  '{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"total_tokens":7}}';

/** A stream with everything that the format allows, a line each. */
const LINES: readonly string[] = [
  '\ufeff: a comment after the mark of order',
  ...TEXTS.flatMap((content) => [`data: ${chunk({ content })}`, '']),
  ': ping',
  '',
  'retry: 10',
  'id: 7',
  'unknown: field',
  'data',
  '',
  'event: error',
  `data:${ERROR}`,
  '',
  'data: {"id":"c",',
  'data: "choices":[]}',
  'id',
  '',
  `data: ${FINISH}`,
  '',
  '',
  'data: [DONE]',
  '',
  'data: {"late":true}',
  '',
];

/** What is said by it: the independent truth, event and data of each. */
const TRUTH: readonly string[] = [
  ...TEXTS.map((content) => `|${chunk({ content })}`),
  '|',
  `error|${ERROR}`,
  '|{"id":"c",\n"choices":[]}',
  `|${FINISH}`,
];

export interface SplitOptions {
  /** Splits of each line end. */
  readonly splits: number;
  /** Split number n is that of the seed `seed + n`. */
  readonly seed: number;
  /** Told from time to time. */
  readonly onProgress?: (splits: number) => void;
}

/** Reads one stream of bytes in random pieces, over and over, and compares what is read with what was said. */
export async function runSplits({ splits, seed, onProgress }: SplitOptions): Promise<Findings> {
  const findings = new Findings();
  const truth = TRUTH.join('\n\n');
  const streams = Object.entries(LINE_ENDS).map(
    ([name, lineEnd]) => [name, new TextEncoder().encode(LINES.join(lineEnd) + lineEnd)] as const,
  );
  for (let split = 0; split < splits; split++) {
    for (const [name, bytes] of streams) {
      const read = await readAll(pieces(bytes, seededRandom(seed + split)));
      const detail = (): string => `seed ${seed + split}: ${read.slice(0, 200)}`;
      findings.check(`I8 a split stream says what it says whole, ${name}`, read === truth, detail);
    }
    if (split % 100_000 === 99_999) onProgress?.(split + 1);
  }
  return findings;
}

/** Mostly a few pieces of any length, empty ones among them; now and then of one byte each. */
function pieces(bytes: Uint8Array, random: () => number): readonly Uint8Array[] {
  if (random() < 0.002) return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  const cuts = Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
    Math.floor(random() * (bytes.length + 1)),
  ).sort((a, b) => a - b);
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end));
}

const context = responseContext();
const clock = {
  now: () => 0,
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
  startTimer: () => () => undefined,
};

async function readAll(parts: readonly Uint8Array[]): Promise<string> {
  let at = 0;
  const reader = {
    read: () => {
      const value = parts[at++];
      return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value });
    },
    cancel: () => Promise.resolve(),
  };
  // As much of a body as is read: a real one costs ten times the reading.
  const body = { getReader: () => reader } as unknown as ReadableStream<Uint8Array>;
  const events: string[] = [];
  try {
    for await (const { event = '', data } of readEvents(body, context, { clock }))
      events.push(`${event}|${data}`);
  } catch (error) {
    events.push(`failed: ${String(error)}`);
  }
  return events.join('\n\n');
}
