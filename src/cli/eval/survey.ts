import type { ModelRouter } from '../../index.js';
import { type DataFile, codeOf, readLines } from './data-files.js';
import { preview } from './decisions.js';
import type { JournalTally } from './journal-tally.js';
import type { MalformedLine, OtherRows } from './report.js';
import { type EvaluatedRow, readRow, type Row } from './rows.js';
import { ScoreTable } from './score-table.js';

/** What a file holds: figures and counts, no prompts. */
export interface Survey {
  readonly file: DataFile;
  /** Rows with a prompt. */
  readonly prompts: number;
  readonly journalRows: number;
  readonly malformed: { readonly count: number; readonly first: readonly MalformedLine[] };
  /** Rows whose id an earlier row has. */
  readonly duplicateIds: number;
  readonly others: OtherRows;
  readonly table: ScoreTable;
  /** Estimated tokens of each row of `table`, as the router takes them; `NaN` where no cost is given. */
  readonly tokens: readonly number[];
  /** The highest difficulty that is given. */
  readonly highestDifficulty: number;
  /** Why the file is left out; `null` where it is not. */
  readonly why: string | null;
}

/** What surveys have in common. */
export interface SurveyContext {
  readonly journal: JournalTally;
  readonly router: ModelRouter;
  /** Takes some prompts to warm up with. */
  readonly warmUpPrompts: string[];
  readonly signal: AbortSignal;
}

/** Lines after which a file is given up of which none made sense: pictures, archives, prose. */
const PATIENCE_LINES = 100;
const MALFORMED_TOLD = 5;
const OTHERS_TOLD = 3;
const WARM_UP_PROMPTS = 100;
const LONGEST_WARM_UP_PROMPT = 4000;

/** Reads a file for the first time: what it is, its figures, what is wrong with it. */
export async function surveyFile(file: DataFile, context: SurveyContext): Promise<Survey> {
  const survey = new FileSurvey(file, context);
  try {
    for await (const { number, row } of rowsOf(file, context.signal)) {
      survey.add(number, row);
      if (survey.isHopeless) break;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    return { ...survey.result(), why: `cannot be read (${codeOf(error)})` };
  }
  return survey.result();
}

/** The rows of a file, less the blank ones, one at a time. */
export async function* rowsOf(
  file: DataFile,
  signal: AbortSignal,
): AsyncGenerator<{ readonly number: number; readonly row: Row }, void> {
  for await (const { number, text } of readLines(file)) {
    signal.throwIfAborted();
    if (text === null) yield { number, row: { kind: 'malformed', why: 'too long a line' } };
    else if (text.trim() !== '') yield { number, row: readRow(text, number) };
  }
}

class FileSurvey {
  readonly #file: DataFile;
  readonly #context: SurveyContext;
  readonly #table = new ScoreTable();
  readonly #tokens: number[] = [];
  readonly #ids = new Set<string | number>();
  readonly #malformed: MalformedLine[] = [];
  #malformedCount = 0;
  #prompts = 0;
  #journalRows = 0;
  #otherCount = 0;
  readonly #othersWhy = new Set<string>();
  #highestDifficulty = 0;

  constructor(file: DataFile, context: SurveyContext) {
    this.#file = file;
    this.#context = context;
  }

  get isHopeless(): boolean {
    return this.#malformedCount >= PATIENCE_LINES && this.#useful + this.#otherCount === 0;
  }

  get #useful(): number {
    return this.#prompts + this.#journalRows;
  }

  add(line: number, row: Row): void {
    switch (row.kind) {
      case 'malformed':
        this.#malformedCount++;
        if (this.#malformed.length < MALFORMED_TOLD) this.#malformed.push({ line, why: row.why });
        break;
      case 'other':
        this.#otherCount++;
        if (this.#othersWhy.size < OTHERS_TOLD) this.#othersWhy.add(row.why);
        break;
      case 'journal':
        this.#journalRows++;
        this.#context.journal.add(row.entry);
        break;
      default:
        this.#addPrompt(row);
    }
  }

  result(): Survey {
    return {
      file: this.#file,
      prompts: this.#prompts,
      journalRows: this.#journalRows,
      malformed: { count: this.#malformedCount, first: this.#malformed },
      duplicateIds: this.#prompts - this.#ids.size,
      others: { count: this.#otherCount, why: [...this.#othersWhy] },
      table: this.#table,
      tokens: this.#tokens,
      highestDifficulty: this.#highestDifficulty,
      why: this.#why(),
    };
  }

  #why(): string | null {
    if (this.#useful > 0) return null;
    if (this.#otherCount > 0) return [...this.#othersWhy].join('; ');
    const [first] = this.#malformed;
    return first === undefined ? 'empty' : `not one usable line; line ${first.line}: ${first.why}`;
  }

  #addPrompt(row: EvaluatedRow): void {
    this.#prompts++;
    this.#ids.add(row.id);
    const { warmUpPrompts, router } = this.#context;
    if (warmUpPrompts.length < WARM_UP_PROMPTS && row.prompt.length <= LONGEST_WARM_UP_PROMPT) {
      warmUpPrompts.push(row.prompt);
    }
    if (row.kind === 'routing') {
      this.#table.add(row);
      this.#tokens.push(row.costs.size > 0 ? estimatedTokens(router, row.prompt) : NaN);
    } else if (row.difficulty !== null) {
      this.#highestDifficulty = Math.max(this.#highestDifficulty, row.difficulty);
    }
  }
}

const YARDSTICK = { name: 'a yardstick', costPerToken: 1e-6 };

/** The tokens that the router expects of prompt and answer: what a model costs whose token costs a millionth. */
function estimatedTokens(router: ModelRouter, prompt: string): number {
  return (preview(router, prompt, [YARDSTICK]).alternatives[0]?.costUsd ?? NaN) / YARDSTICK.costPerToken;
}
