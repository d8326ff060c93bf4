import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../../src/evaluation/random.js';
import type { LengthStream } from './replay.js';

/** A file whose costs were estimated as characters / 4 × a price, so that they give the answers' lengths back. */
interface RecordedFile {
  readonly path: string;
  readonly taskType: LengthStream['taskType'];
  /** Characters of the prompt beyond those in the file. */
  readonly moreCharacters: number;
  /** USD per 1M tokens of input and output. */
  readonly prices: Readonly<Record<string, readonly [input: number, output: number]>>;
}

const FILES: readonly RecordedFile[] = [
  {
    path: 'mmlu_pro_new.jsonl',
    taskType: 'question_answering',
    moreCharacters: 0,
    prices: {
      'gemini-1.5-pro-002': [1.25, 5],
      'gemini-1.5-flash-002': [0.075, 0.3],
      'Mixtral-8x7B-Instruct-v0.1': [0.6, 0.6],
    },
  },
  {
    path: 'zeroeval_crux.jsonl',
    taskType: 'code_explanation',
    moreCharacters: 19,
    prices: {
      'gpt-4o-2024-08-06': [2.5, 10],
      'gpt-4o-2024-05-13': [2.5, 10],
      'gpt-4o-mini-2024-07-18': [0.15, 0.6],
      'gpt-4-turbo-2024-04-09': [10, 30],
      'claude-3-5-sonnet-20241022': [3, 15],
      'claude-3-opus-20240229': [15, 75],
    },
  },
];

interface RecordedRow {
  readonly prompt: string;
  readonly cost_est: Readonly<Record<string, number>>;
}

/** Lengths of the answers that third parties recorded, in a seeded order; tokens are characters / 4. */
export async function recordedStreams(directory: string): Promise<readonly LengthStream[]> {
  const streams: LengthStream[] = [];
  for (const { path, taskType, moreCharacters, prices } of FILES) {
    const text = await readFile(join(directory, path), 'utf8');
    const rows = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as RecordedRow);
    for (const [model, [input, output]] of Object.entries(prices)) {
      const answers = rows.flatMap(({ prompt, cost_est: costs }) => {
        const inputTokens = (prompt.length + moreCharacters) / 4;
        const outputTokens = Math.round(((costs[model] ?? NaN) * 1e6 - inputTokens * input) / output);
        return outputTokens > 0 ? [{ inputTokens: Math.ceil(inputTokens), outputTokens }] : [];
      });
      streams.push({
        name: `recorded, ${path.replace('.jsonl', '')}, ${model}`,
        taskType,
        answers: shuffled(answers),
      });
    }
  }
  return streams;
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  const random = seededRandom(1);
  const order = items.map((item) => ({ item, at: random() }));
  return order.sort((one, other) => one.at - other.at).map(({ item }) => item);
}
