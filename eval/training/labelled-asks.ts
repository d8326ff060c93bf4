import { readdirSync, readFileSync, statSync } from 'node:fs';
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

/** Reads every `.jsonl` in a folder whose rows carry a label of ours; a file is a source. */
export function readLabelledAsks(folder: string): readonly LabelledAsk[] {
  const asks: LabelledAsk[] = [];
  for (const file of readdirSync(folder).sort()) {
    const path = join(folder, file);
    if (statSync(path).isDirectory()) asks.push(...readLabelledAsks(path));
    else if (file.endsWith('.jsonl')) asks.push(...readFile(path, file.replace('.jsonl', '')));
  }
  return asks;
}

function* readFile(path: string, source: string): Generator<LabelledAsk> {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    const row = JSON.parse(line) as Row;
    if (TASKS.includes(row.label)) yield toLabelledAsk(row, source);
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
    signals: signalsOf(reading),
    buckets: buckets.slice(0, count),
    weights: weights.slice(0, count).map((weight) => weight * scale),
  };
}
