import { CostSweep } from './cost-sweep.js';
import { type Decided, type Microseconds, PairDecisions } from './decisions.js';
import { choosePair, type NamedPair } from './choose-pair.js';
import { modelsReport } from './models-report.js';
import type { DecidedDifficulty, DecidedTask } from './prompt-reports.js';
import type { RoutingReport } from './report.js';
import { pairReport } from './routing-report.js';
import type { EvaluatedRow } from './rows.js';
import type { ScoresFile } from './scores-file.js';
import { type Pair, standInPair } from './stand-ins.js';
import { rowsOf, type Survey } from './survey.js';

/** What decisions on files have in common. */
export interface DecideContext {
  readonly named: NamedPair;
  readonly microseconds: Microseconds;
  readonly signal: AbortSignal;
  readonly scoresFile: ScoresFile | null;
  /** Takes the time of every decision. */
  readonly decisionsUs: number[];
}

export interface DecidedFile {
  readonly file: string;
  /** `null` where there is no pair to choose between. */
  readonly routing: RoutingReport | null;
  readonly tasks: readonly DecidedTask[];
  readonly difficulty: DecidedDifficulty;
  /** What the figures do not show. */
  readonly notes: readonly string[];
}

/** Reads a file for the second time, and decides on each of its prompts. */
export async function decideFile(survey: Survey, context: DecideContext): Promise<DecidedFile> {
  const { file, table } = survey;
  const { named, microseconds } = context;
  const pair = table.rows > 0 ? choosePair(table, named) : null;
  const decisions = new PairDecisions(pair ?? standInPair(named), microseconds);
  const sweep = table.models.length > 2 ? new CostSweep(table, survey.tokens) : null;
  const { scores, tasks, difficulty } = await decideRows(survey, { decisions, sweep, context });
  const { standIns } = decisions;
  return {
    file: file.name,
    routing: pair && {
      ...pairReport({ file: file.name, table, pair, named, standIns, scores }),
      models: sweep && modelsReport(table, sweep.points()),
    },
    tasks,
    difficulty,
    notes: notesOf(survey, pair),
  };
}

interface Deciding {
  readonly decisions: PairDecisions;
  readonly sweep: CostSweep | null;
  readonly context: DecideContext;
}

async function decideRows(
  { file, highestDifficulty }: Survey,
  { decisions, sweep, context }: Deciding,
): Promise<DecidedRows> {
  const rows = new DecidedRows(highestDifficulty > 1 ? 10 : 1);
  for await (const { row } of rowsOf(file, context.signal)) {
    if (row.kind !== 'routing' && row.kind !== 'task' && row.kind !== 'difficulty') continue;
    const decided = decisions.decide(row.prompt);
    context.decisionsUs.push(decided.decisionUs);
    if (row.kind === 'routing') sweep?.decide(row.prompt, rows.scores.length);
    rows.add(row, decided);
    context.scoresFile?.add(file.name, row.id, decided);
  }
  return rows;
}

function notesOf({ file, table }: Survey, pair: Pair | null): readonly string[] {
  if (table.rows === 0 || pair !== null) return [];
  return [
    `${file.name}: no prompt has scores of both models to compare, so there is nothing to choose between.`,
  ];
}

class DecidedRows {
  readonly scores: number[] = [];
  readonly tasks: DecidedTask[] = [];
  readonly difficulty = { predicted: [] as number[], given: [] as number[] };
  readonly #scale: number;

  /** @param scale By what the given difficulties are divided. */
  constructor(scale: number) {
    this.#scale = scale;
  }

  add(row: EvaluatedRow, decided: Decided): void {
    if (row.kind === 'routing') {
      this.scores.push(decided.score);
      return;
    }
    if (row.kind === 'task') {
      const { label, accept, language } = row;
      this.tasks.push({ label, accept, language, predicted: decided.taskType });
    }
    if (row.difficulty === null) return;
    this.difficulty.predicted.push(decided.difficulty);
    this.difficulty.given.push(row.difficulty / this.#scale);
  }
}
