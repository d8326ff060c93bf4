import { ConfigurationError, ModelRouter } from '../../index.js';
import type { NamedPair } from './choose-pair.js';
import { findDataFiles, type Skipped } from './data-files.js';
import { type DecideContext, type DecidedFile, decideFile } from './decide-file.js';
import { type Microseconds, PairDecisions, warmUp } from './decisions.js';
import { JournalTally } from './journal-tally.js';
import { decisionTime, difficultyReport, tasksReport } from './prompt-reports.js';
import type { EvalReport, FileReport } from './report.js';
import type { ScoresFile } from './scores-file.js';
import { standInPair } from './stand-ins.js';
import { type Survey, surveyFile } from './survey.js';

export interface EvaluateDataOptions {
  /** A directory, or one file. */
  readonly path: string;
  /** The same as it was given. */
  readonly shown: string;
  /** Paths of files that are not read. */
  readonly except: readonly (string | undefined)[];
  readonly named: NamedPair;
  readonly microseconds: Microseconds;
  readonly signal: AbortSignal;
  /** Called once there is something to evaluate; `null` where nobody wants the scores. */
  readonly openScores: () => ScoresFile | null;
}

/**
 * Reads every file twice: for what it is, then for the decisions. Figures are kept, prompts are not.
 * @throws {ConfigurationError} where nothing can be evaluated, or a file cannot be written.
 */
export async function evaluateData(options: EvaluateDataOptions): Promise<EvalReport> {
  const { shown, microseconds, signal } = options;
  const journal = new JournalTally();
  const warmUpPrompts: string[] = [];
  const router = new ModelRouter();
  const found = findDataFiles(options.path, shown);
  const surveys: Survey[] = [];
  for (const file of found.files.filter(({ path }) => !options.except.includes(path))) {
    surveys.push(await surveyFile(file, { journal, router, warmUpPrompts, signal }));
  }
  const skipped = [...found.skipped, ...surveys.flatMap(skippedOf)].sort((a, b) =>
    a.file < b.file ? -1 : 1,
  );
  const usable = surveys.filter(({ why }) => why === null);
  if (usable.length === 0) throw nothingUsable(shown, skipped);
  warmUp(new PairDecisions(standInPair({}), microseconds), warmUpPrompts);
  const { decided, decisionsUs } = await decideAll(usable, options);
  return {
    success: true,
    data: shown,
    files: usable.map(fileReport),
    skipped,
    notes: [...decided.flatMap(({ notes }) => notes), ...unknownNames(options.named, usable)],
    routing: decided.flatMap(({ routing }) => routing ?? []),
    tasks: tasksReport(decided),
    difficulty: decided.flatMap(({ file, difficulty }) =>
      difficulty.given.length > 0 ? [difficultyReport(file, difficulty)] : [],
    ),
    journal: journal.report(),
    decisionTime: decisionTime(decisionsUs),
  };
}

async function decideAll(
  surveys: readonly Survey[],
  options: EvaluateDataOptions,
): Promise<{ readonly decided: readonly DecidedFile[]; readonly decisionsUs: readonly number[] }> {
  const { named, microseconds, signal } = options;
  const scoresFile = options.openScores();
  const decisionsUs: number[] = [];
  const context: DecideContext = { named, microseconds, signal, scoresFile, decisionsUs };
  const decided: DecidedFile[] = [];
  try {
    for (const survey of surveys) {
      if (survey.prompts > 0) decided.push(await decideFile(survey, context));
    }
  } finally {
    scoresFile?.close();
  }
  return { decided, decisionsUs };
}

function skippedOf({ file, why }: Survey): readonly Skipped[] {
  return why === null ? [] : [{ file: file.name, why }];
}

function fileReport(survey: Survey): FileReport {
  const { file, prompts, journalRows, malformed, duplicateIds, others } = survey;
  return { file: file.name, prompts, journalRows, malformed, duplicateIds, others };
}

/** What was named and stands in no file may be misspelt. */
function unknownNames(named: NamedPair, surveys: readonly Survey[]): readonly string[] {
  const known = new Set(surveys.flatMap(({ table }) => table.models));
  return (['strong', 'weak'] as const).flatMap((side) => {
    const name = named[side];
    return name === undefined || known.has(name) ? [] : [`--${side}: no file has scores of ${name}.`];
  });
}

const SKIPPED_TOLD = 5;

function nothingUsable(shown: string, skipped: readonly Skipped[]): ConfigurationError {
  const told = skipped.slice(0, SKIPPED_TOLD).map(({ file, why }) => `${file}: ${why}`);
  const rest = skipped.length > told.length ? [`and ${skipped.length - told.length} more`] : [];
  const why = told.length === 0 ? 'it is empty' : [...told, ...rest].join('; ');
  return new ConfigurationError(
    '--data',
    `--data: nothing in ${shown} can be evaluated (${why}). docs/evaluation.md shows the formats.`,
  );
}
