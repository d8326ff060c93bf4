import { calibration } from '../../evaluation/calibration.js';
import { spearman } from '../../evaluation/rank-correlation.js';
import { ascending, quantile } from '../../evaluation/statistics.js';
import {
  groupedBy,
  labelAccuracies,
  type LabelledTask,
  taskAccuracy,
} from '../../evaluation/task-accuracy.js';
import {
  type AccuracyRow,
  type DecisionTime,
  type DifficultyReport,
  figure,
  type TaskSetReport,
  type TasksReport,
} from './report.js';

/** A labelled prompt, the language it is in, and what was made of it. */
export interface DecidedTask extends LabelledTask {
  readonly language: string;
}

/** Predicted and given difficulties of the same rows, both 0..1. */
export interface DecidedDifficulty {
  readonly predicted: readonly number[];
  readonly given: readonly number[];
}

/** `null` where no file has labels. */
export function tasksReport(
  files: readonly { readonly file: string; readonly tasks: readonly DecidedTask[] }[],
): TasksReport | null {
  const labelled = files.filter(({ tasks }) => tasks.length > 0);
  if (labelled.length === 0) return null;
  return {
    files: labelled.map(({ file, tasks }) => taskSetReport(file, tasks)),
    all: taskSetReport(
      'all',
      labelled.flatMap(({ tasks }) => tasks),
    ),
  };
}

/** So many languages have a line of their own where they are printed. */
export const LANGUAGES_SHOWN = 12;

function taskSetReport(name: string, tasks: readonly DecidedTask[]): TaskSetReport {
  const languages = [...groupedBy(tasks, ({ language }) => language)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const rare = languages.slice(LANGUAGES_SHOWN);
  const together = (label: string, own: readonly DecidedTask[]): AccuracyRow | null =>
    own.length === 0 ? null : accuracyRow(label, own);
  return {
    ...accuracyRow(name, tasks),
    notEnglish: together(
      'all but en',
      tasks.filter(({ language }) => language !== 'en'),
    ),
    rareLanguages: together(
      `${rare.length} rarer ones`,
      rare.flatMap(([, own]) => own),
    ),
    byLanguage: languages.map(([language, own]) => accuracyRow(language, own)),
    byLabel: labelAccuracies(tasks).map(({ label, precision, ...rest }) => ({
      name: label,
      ...rest,
      precision: figure(precision),
    })),
  };
}

function accuracyRow(name: string, tasks: readonly DecidedTask[]): AccuracyRow {
  return { name, ...taskAccuracy(tasks) };
}

export function difficultyReport(file: string, { predicted, given }: DecidedDifficulty): DifficultyReport {
  const { ece, brier, meanAbsoluteError } = calibration(predicted, given);
  return {
    file,
    n: given.length,
    spearman: figure(spearman(predicted, given)),
    ece: figure(ece),
    brier: figure(brier),
    meanAbsoluteError: figure(meanAbsoluteError),
  };
}

export function decisionTime(decisionsUs: readonly number[]): DecisionTime | null {
  if (decisionsUs.length === 0) return null;
  const sorted = ascending(decisionsUs);
  return { n: sorted.length, p50Us: quantile(sorted, 0.5), p99Us: quantile(sorted, 0.99) };
}
