import type { Snapshot } from '../stores.js';
import { TaskType } from '../types.js';
import { type HistoryCell, cellsOf, emptyCell, historySnapshot } from './answer-history-snapshot.js';

/** An answer, as far as it tells how long answers are. */
export interface SeenAnswer {
  readonly model: string;
  /** What the caller asked for, where it asked for thoughts: `low`, `high`, …. */
  readonly effort: string | null;
  readonly taskType: TaskType;
  /** Of one answer, thoughts included. */
  readonly outputTokens: number;
  /** Of those, the thoughts. */
  readonly reasoningTokens: number;
  /** What the prior expected of its length, thoughts apart; above 0. */
  readonly priorTokens: number;
  /** Whether an output cap ended it. */
  readonly isCut: boolean;
  /** Whether the cap was set by this history. */
  readonly isOurCap: boolean;
  readonly latencyMs: number;
}

/** Whose answers are meant, to what kind of ask. */
export interface AnswersOf {
  readonly model: string;
  readonly effort: string | null;
  readonly taskType: TaskType;
}

/** How long the answers of a model are at a task. */
export interface SeenLengths {
  /** Answers seen; old ones count less. */
  readonly count: number;
  /** By how much caps are to be wider than lengths say, since answers were cut by them. 1 and above. */
  readonly stretch: number;
  /** In parts of what the prior expects: on average, of 5 and of 95 of 100 answers, and the room that caps leave. */
  readonly mean: number;
  readonly short: number;
  /** `null` where too few were seen, or too many cut, to tell. */
  readonly long: number | null;
  readonly longest: number;
  readonly room: number | null;
}

/** Answers that the prior weighs as much as: what few answers show is mostly chance. */
const PRIOR_ANSWERS = 20;
/** The share of answers that an interval leaves out at each side. */
const OUTSIDE = 0.05;
const ROOM_SHARE = 0.99;
/** A cut answer doubles the caps, 200 whole ones halve them again: in the long run, one of 200 is cut at most. */
const STRETCH = 2;
const WHOLE_PER_CUT = 200;
const WIDEST_STRETCH = 1024;
/** A mean over all until there are so many, then an exponential one: latency drifts. */
const LATENCY_WINDOW = 20;
const LEAST_LATENCIES = 3;
/** Models and tasks kept, of 1 to 3 kB each; the one not seen for longest goes first. */
export const MOST_CELLS = 1024;

const TASKS: ReadonlySet<string> = new Set(Object.values(TaskType));

/**
 * How long answers were, and how long they took, by model and kind of task, and by task over all models, thoughts left
 * out. Lengths are kept in parts of what the prior expects of the ask, so that a translation of a long text and one
 * of a short text teach the same. Bounded, forgetting, and without any text.
 */
export class AnswerHistory {
  readonly #cells = new Map<string, HistoryCell>();

  /** Takes note of an answer. Figures that make no sense are left out. */
  recordEvidence(answer: SeenAnswer): void {
    const { outputTokens, reasoningTokens, priorTokens, latencyMs, isCut, isOurCap, taskType } = answer;
    const figures = [outputTokens, reasoningTokens, latencyMs];
    const isSound = figures.every((figure) => Number.isFinite(figure) && figure >= 0) && priorTokens > 0;
    if (!isSound || outputTokens === 0 || !TASKS.has(taskType)) return;
    const cell = this.#touch(keyOf(answer));
    cell.lengths.add(outputTokens / priorTokens, isCut);
    if (isOurCap) cell.stretch = stretched(cell.stretch, isCut);
    cell.seen++;
    cell.latencyMs += (latencyMs - cell.latencyMs) / Math.min(cell.seen, LATENCY_WINDOW);
    const visible = Math.max(1, outputTokens - reasoningTokens);
    this.#touch(taskKey(taskType)).lengths.add(visible / priorTokens, isCut);
  }

  /** Whether anything was seen of the task. */
  knows(taskType: TaskType): boolean {
    return this.#cells.has(taskKey(taskType));
  }

  /** Lengths at the task; `null` where no answer of that model to such an ask was seen. */
  lengths(of: AnswersOf): SeenLengths | null {
    const cell = this.#cells.get(keyOf(of));
    if (cell === undefined) return null;
    const { lengths, stretch } = cell;
    return {
      count: lengths.count,
      stretch,
      mean: lengths.mean(),
      short: lengths.atLeast(OUTSIDE),
      long: lengths.atMost(1 - OUTSIDE),
      longest: lengths.longest(),
      room: lengths.atMost(ROOM_SHARE),
    };
  }

  /**
   * Tokens to expect of an answer: by what was seen of the model at the task, of all models at it, and by the prior,
   * each weighed by how much was seen.
   */
  expectedTokens(of: AnswersOf, priorTokens: number): number {
    const ofTask = this.#cells.get(taskKey(of.taskType));
    if (ofTask === undefined) return priorTokens;
    const ratio = blended(this.#cells.get(keyOf(of)), blended(ofTask, 1));
    return ratio * priorTokens;
  }

  /** Milliseconds that the model's answers to such asks take; `null` before the third. */
  latencyMs(of: AnswersOf): number | null {
    const cell = this.#cells.get(keyOf(of));
    return cell === undefined || cell.seen < LEAST_LATENCIES ? null : cell.latencyMs;
  }

  /** What was seen, as plain JSON. */
  snapshot(): Snapshot {
    return historySnapshot(this.#cells);
  }

  /** Takes over what was seen before. @throws {TypeError} where it is no snapshot of this version. */
  restore(snapshot: Snapshot): void {
    const cells = cellsOf(snapshot, MOST_CELLS);
    this.#cells.clear();
    for (const [key, cell] of cells) this.#cells.set(key, cell);
  }

  #touch(key: string): HistoryCell {
    const cell = this.#cells.get(key) ?? emptyCell();
    // The last touched stands last.
    this.#cells.delete(key);
    this.#cells.set(key, cell);
    const [oldest] = this.#cells.keys();
    if (oldest !== undefined && this.#cells.size > MOST_CELLS) this.#cells.delete(oldest);
    return cell;
  }
}

function blended(cell: HistoryCell | undefined, otherwise: number): number {
  if (cell === undefined) return otherwise;
  const { count } = cell.lengths;
  return (count * cell.lengths.mean() + PRIOR_ANSWERS * otherwise) / (count + PRIOR_ANSWERS);
}

function stretched(stretch: number, isCut: boolean): number {
  if (isCut) return Math.min(WIDEST_STRETCH, stretch * STRETCH);
  return Math.max(1, stretch * STRETCH ** (-1 / WHOLE_PER_CUT));
}

function keyOf({ model, effort, taskType }: AnswersOf): string {
  return `${taskType}/${effort ?? ''}/${model}`;
}

/** No model is without a name. */
function taskKey(taskType: TaskType): string {
  return `${taskType}//`;
}
