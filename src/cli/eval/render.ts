import { count, decimals, percent, plural, usd } from '../figures.js';
import { printable } from '../printable.js';
import { type Column, table } from '../table.js';
import { LANGUAGES_SHOWN } from './prompt-reports.js';
import { renderRouting } from './render-routing.js';
import type {
  AccuracyRow,
  DifficultyReport,
  EvalReport,
  FileReport,
  JournalReport,
  LabelRow,
  QualityRow,
  TaskSetReport,
  TasksReport,
} from './report.js';

/** The report as tables. */
export function renderEval(report: EvalReport): string {
  const parts = [
    summary(report),
    ...report.routing.map(renderRouting),
    ...(report.tasks === null ? [] : [renderTasks(report.tasks)]),
    ...(report.difficulty.length === 0 ? [] : [renderDifficulty(report.difficulty)]),
    ...(report.journal === null ? [] : [renderJournal(report.journal)]),
    remarks(report),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function summary({ files, decisionTime }: EvalReport): string {
  const prompts = files.reduce((sum, file) => sum + file.prompts, 0);
  const records = files.reduce((sum, file) => sum + file.journalRows, 0);
  const held = [
    prompts > 0 || records === 0 ? plural(prompts, 'prompt') : '',
    records > 0 ? `${plural(records, 'record')} of a journal` : '',
  ];
  const lines = [`${plural(files.length, 'file')}, ${held.filter((text) => text !== '').join(', ')}.`];
  if (decisionTime !== null) {
    const { p50Us, p99Us } = decisionTime;
    lines.push(`Time of a decision: p50 ${microseconds(p50Us)}, p99 ${microseconds(p99Us)}.`);
  }
  return lines.join('\n');
}

function microseconds(us: number): string {
  return `${us < 10 ? us.toFixed(1) : us.toFixed(0)} µs`;
}

function renderTasks({ files, all }: TasksReport): string {
  return [
    `Task\n${table([...files, all], [nameOf('file'), ...ACCURACY])}`,
    `Task, by language\n${table(languageRows(all), [nameOf('language'), ...ACCURACY])}`,
    `Task, by label\n${table(all.byLabel, [nameOf('label'), ...LABEL])}`,
  ].join('\n\n');
}

function languageRows({ byLanguage, rareLanguages, notEnglish }: TaskSetReport): readonly AccuracyRow[] {
  const shown = byLanguage.slice(0, LANGUAGES_SHOWN);
  return [...shown, rareLanguages, notEnglish].filter((row) => row !== null);
}

function nameOf(heading: string): Column<{ readonly name: string }> {
  return { heading, cell: ({ name }) => name };
}

function right<Row>(heading: string, cell: (row: Row) => string): Column<Row> {
  return { heading, cell, align: 'right' };
}

const N = right('n', ({ n }: { readonly n: number }) => count(n));

const ACCURACY: readonly Column<AccuracyRow>[] = [
  N,
  right('strict', ({ strict }) => percent(strict)),
  right('lenient', ({ lenient }) => percent(lenient)),
  right('macro-F1', ({ macroF1 }) => (100 * macroF1).toFixed(1)),
];

const LABEL: readonly Column<LabelRow>[] = [
  N,
  right('strict', ({ strict }) => percent(strict)),
  right('lenient', ({ lenient }) => percent(lenient)),
  right('precision', ({ precision }) => percent(precision)),
  right('F1', ({ f1 }) => (100 * f1).toFixed(1)),
];

function renderDifficulty(rows: readonly DifficultyReport[]): string {
  return `Difficulty\n${table(rows, [
    { heading: 'file', cell: ({ file }) => file },
    N,
    right('Spearman', ({ spearman }) => decimals(spearman)),
    right('ECE', ({ ece }) => decimals(ece)),
    right('Brier', ({ brier }) => decimals(brier)),
    right('MAE', ({ meanAbsoluteError }) => decimals(meanAbsoluteError)),
  ])}`;
}

const QUALITY: readonly Column<QualityRow>[] = [N, right('quality', ({ quality }) => decimals(quality))];

function renderJournal({ decisions, rated, quality, byTask, byModel, ...rest }: JournalReport): string {
  const { calibration, cost, repeated } = rest;
  const lines = [
    `Journal: ${plural(decisions, 'decision')}, ${count(rated)} with an outcome, quality ${decimals(quality)}`,
  ];
  if (repeated > 0) lines.push(`${plural(repeated, 'record')} stood there twice, the last counts`);
  if (calibration.n > 0) {
    lines.push(
      `P(good) of the chosen model over ${plural(calibration.n, 'call')}: predicted ${decimals(calibration.predicted)}, ` +
        `observed ${decimals(calibration.observed)}, ECE ${decimals(calibration.ece)}, Brier ${decimals(calibration.brier)}`,
    );
  }
  if (cost.calls > 0) lines.push(costLine(cost));
  const tables = [
    rated === 0 ? '' : `Quality, by task\n${table(byTask, [nameOf('task'), ...QUALITY])}`,
    rated === 0 ? '' : `Quality, by model\n${table(byModel, [nameOf('model'), ...QUALITY])}`,
  ];
  return [lines.join('\n'), ...tables].filter((part) => part !== '').join('\n\n');
}

function costLine({ calls, attempts, unpricedAttempts, billedUsd, compared }: JournalReport['cost']): string {
  const unpriced = unpricedAttempts === 0 ? '' : `, ${count(unpricedAttempts)} of them of unknown cost`;
  const predicted =
    compared.calls === 0
      ? ''
      : `; ${plural(compared.calls, 'call')} predicted at ${usd(compared.predictedUsd)} cost ${usd(compared.billedUsd)}`;
  return `Cost: ${usd(billedUsd)} for ${plural(calls, 'call')} in ${plural(attempts, 'attempt')}${unpriced}${predicted}`;
}

function remarks({ files, skipped, notes }: EvalReport): string {
  const lines = [...notes, ...files.flatMap(remarksOn)].map(printable);
  if (skipped.length > 0) {
    lines.push(...skipped.map(({ file, why }) => printable(`Skipped ${file}: ${why}.`)));
  }
  return lines.join('\n');
}

function remarksOn({ file, malformed, duplicateIds, others }: FileReport): readonly string[] {
  const first = malformed.first.map(({ line, why }) => `line ${line}: ${why}`).join('; ');
  const more = malformed.count > malformed.first.length ? '; …' : '';
  return [
    malformed.count === 0
      ? ''
      : `${file}: ${plural(malformed.count, 'malformed row')} left out (${first}${more}).`,
    duplicateIds === 0 ? '' : `${file}: ${plural(duplicateIds, 'row')} with the id of an earlier one.`,
    others.count === 0
      ? ''
      : `${file}: ${plural(others.count, 'row')} of other kinds left out (${others.why.join('; ')}).`,
  ].filter((line) => line !== '');
}
