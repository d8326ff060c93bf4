import type { TaskType } from '../../src/types.js';
import type { LabelledAsk } from './labelled-asks.js';

export interface Scored {
  readonly ask: LabelledAsk;
  readonly task: TaskType;
  readonly confidence: number;
}

/** Strict: the label. Lenient: the label or one a reader would allow. Macro-F1 over the labels that occur. In percent. */
function scoresOf(scored: readonly Scored[]): string {
  const strict = scored.filter(({ ask, task }) => ask.label === task).length;
  const lenient = scored.filter(({ ask, task }) => ask.label === task || ask.accept.includes(task)).length;
  const labels = new Set(scored.map(({ ask }) => ask.label));
  let f1 = 0;
  for (const label of labels) {
    const said = scored.filter(({ task }) => task === label).length;
    const right = scored.filter(({ ask, task }) => task === label && ask.label === label).length;
    f1 += (2 * right) / (said + scored.filter(({ ask }) => ask.label === label).length);
  }
  const percent = (share: number): string => (100 * share).toFixed(1).padStart(5);
  return `n ${String(scored.length).padStart(5)}  strict ${percent(strict / scored.length)}  lenient ${percent(lenient / scored.length)}  macro-F1 ${percent(f1 / labels.size)}  ECE ${percent(calibrationError(scored))}`;
}

const BINS = 10;
/** Expected calibration error of the confidence, ten bins of equal size. */
function calibrationError(scored: readonly Scored[]): number {
  const sorted = [...scored].sort((a, b) => a.confidence - b.confidence);
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const part = sorted.slice((bin * sorted.length) / BINS, ((bin + 1) * sorted.length) / BINS);
    let gap = 0;
    for (const { ask, task, confidence } of part) gap += confidence - (ask.label === task ? 1 : 0);
    error += Math.abs(gap) / sorted.length;
  }
  return error;
}

export function printScores(
  title: string,
  scored: readonly Scored[],
  groupOf: (ask: LabelledAsk) => string,
): void {
  console.log(`${title}: ${scoresOf(scored)}`);
  for (const group of new Set(scored.map(({ ask }) => groupOf(ask)))) {
    console.log(`  ${group.padEnd(20)} ${scoresOf(scored.filter(({ ask }) => groupOf(ask) === group))}`);
  }
}
