import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractAsk } from '../../src/router/ask.js';
import { readAsk } from '../../src/router/ask-reading.js';
import { signalsOf } from '../../src/router/task-signals.js';
import { TaskType } from '../../src/types.js';

export const TASKS: readonly TaskType[] = Object.values(TaskType);

/** A labelled ask, read as the classifier reads it. */
export interface LabelledAsk {
  readonly source: string;
  readonly lang: string;
  readonly label: TaskType;
  /** Other labels that a reader would allow. */
  readonly accept: readonly TaskType[];
  readonly signals: Float64Array;
  readonly buckets: Int32Array;
  /** Of the grams, as one unit vector. */
  readonly weights: Float32Array;
}

interface Row {
  readonly prompt: string;
  readonly label: TaskType;
  readonly lang: string;
  readonly accept?: readonly TaskType[];
}

/**
 * Reads every `.jsonl` in a folder whose rows carry a label of ours; a file is a source.
 * @param pasted Whether some asks are read a second time, with a file pasted beside them.
 */
export function readLabelledAsks(folder: string, pasted = false): readonly LabelledAsk[] {
  const asks: LabelledAsk[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.jsonl')) continue;
    const rows = readRows(join(folder, file));
    const source = file.replace('.jsonl', '');
    for (const row of pasted ? withPastedFiles(rows) : rows) asks.push(toLabelledAsk(row, source));
  }
  return asks;
}

function readRows(path: string): readonly Row[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row)
    .filter(({ label }) => TASKS.includes(label));
}

/** Every so manieth ask that is not about code is read a second time, with a file pasted beside it. */
const PASTED_EVERY = 3;
const PASTED = '```\nlet a = 1;\n```';

/** The same asks, some again with a pasted file: that one is there does not say what is asked. */
function* withPastedFiles(rows: readonly Row[]): Generator<Row> {
  for (const [index, row] of rows.entries()) {
    yield row;
    if (index % PASTED_EVERY !== 0 || row.label.startsWith('code_')) continue;
    const prompt = index % 2 === 0 ? `${row.prompt}\n\n${PASTED}` : `${PASTED}\n\n${row.prompt}`;
    yield { ...row, prompt };
  }
}

function toLabelledAsk({ prompt, label, lang, accept = [] }: Row, source: string): LabelledAsk {
  const reading = readAsk(extractAsk([{ role: 'user', content: prompt }]).ask);
  const { count, buckets, weights } = reading.grams;
  let squares = 0;
  for (let index = 0; index < count; index++) squares += (weights[index] ?? 0) ** 2;
  const scale = 1 / Math.sqrt(Math.max(1, squares));
  return {
    source,
    lang,
    label,
    accept,
    signals: Float64Array.from(signalsOf(reading)),
    buckets: buckets.slice(0, count),
    weights: weights.slice(0, count).map((weight) => weight * scale),
  };
}
