/**
 * Trains the task classifier: `npm run train:tasks -- --data <folder of labelled asks> [--write]`. Beside the folder
 * it reads `eval/asks/`, written for this project. Prints what each source scores when it is left out; with
 * `--write` it does not, but trains on all and writes `src/router/task-model-data.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LabelledAsk, readLabelledAsks, TASKS } from './training/labelled-asks.js';
import {
  type SoftmaxModel,
  sharesOf,
  trainSoftmax,
  type TrainingSettings,
} from './training/softmax-regression.js';
import { printScores, type Scored } from './training/task-scores.js';
import { taskModelFile } from './training/task-model-file.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    write: { type: 'boolean', default: false },
    settings: { type: 'string', default: '{}' },
  },
});
if (values.data === undefined) throw new Error('--data <folder> names the labelled asks to train on.');

const ownFolder = join(import.meta.dirname, 'asks');
const own = readLabelledAsks(ownFolder);
const ownPasted = readLabelledAsks(ownFolder, true);
const others = readLabelledAsks(values.data);
const everything = [...ownPasted, ...others];
const ownSources = new Set(own.map(({ source }) => source));
const sizes = new Map<string, number>();
for (const { source } of others) sizes.set(source, (sizes.get(source) ?? 0) + 1);

const counts = new Map<string, number>();
for (const { label } of own) counts.set(label, (counts.get(label) ?? 0) + 1);
/** Labels of which there are fewer asks of our own count for more: how many were written says nothing. */
const balanceOf = ({ label }: LabelledAsk): number => own.length / TASKS.length / (counts.get(label) ?? 1);

/** No source of others speaks louder than so many asks. */
const LOUDEST_SOURCE = 80;
const settings: TrainingSettings = {
  priorScale: 0.4,
  epochs: 14,
  learningRate: 0.3,
  gramPenalty: 0.5,
  signalPenalty: 2.5,
  acceptShare: 0.15,
  smoothing: 0.05,
  leastAsks: 8,
  weightOf: (ask) =>
    ownSources.has(ask.source) ? balanceOf(ask) : Math.min(1, LOUDEST_SOURCE / (sizes.get(ask.source) ?? 1)),
  ...(JSON.parse(values.settings) as Partial<TrainingSettings>),
};

function classify(model: SoftmaxModel, asks: readonly LabelledAsk[]): readonly Scored[] {
  return asks.map((ask) => {
    const shares = sharesOf(model, ask, new Float64Array(TASKS.length));
    let best = 0;
    for (let task = 1; task < shares.length; task++)
      if ((shares[task] ?? 0) > (shares[best] ?? 0)) best = task;
    return { ask, task: TASKS[best] ?? 'question_answering', confidence: shares[best] ?? 0 };
  });
}

/** Each source of others in turn, then each fourth of our own asks, by a model that has not seen it. */
const FOLDS = 4;
function leaveOut(): {
  readonly sources: readonly Scored[];
  readonly asks: readonly Scored[];
} {
  const sources = [...sizes.keys()].flatMap((left) =>
    classify(
      trainSoftmax(
        everything.filter(({ source }) => source !== left),
        settings,
      ),
      others.filter(({ source }) => source === left),
    ),
  );
  const asks = Array.from({ length: FOLDS }, (_, fold) => {
    const held = own.filter((_ask, index) => index % FOLDS === fold);
    const rest = own.filter((_ask, index) => index % FOLDS !== fold);
    return classify(trainSoftmax([...rest, ...others], settings), held);
  }).flat();
  return { sources, asks };
}

if (values.write) {
  const model = trainSoftmax(everything, settings);
  const path = join(import.meta.dirname, '../src/router/task-model-data.ts');
  writeFileSync(path, taskModelFile(model));
  console.log(`written: ${path}`);
} else {
  const left = leaveOut();
  printScores('sources left out', left.sources, ({ source }) => source);
  printScores('sources left out', left.sources, ({ lang }) => (lang === 'en' ? 'en' : 'not English alone'));
  printScores('own asks left out', left.asks, ({ lang }) => lang);
  printScores('own asks left out', left.asks, ({ label }) => label);
  const transferred = classify(trainSoftmax(own, settings), others);
  printScores('own asks only, on the others', transferred, ({ source }) => source);
}
