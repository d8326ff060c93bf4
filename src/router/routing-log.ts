import { ConfigurationError } from '../errors.js';
import type { TaskType } from '../types.js';

/** One decision, without content. */
export interface RoutingHistoryEntry {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly selectedModel: string;
  readonly taskType: TaskType;
  readonly difficulty: number;
  readonly confidence: number;
  readonly score: number;
}

/** Distinct model names counted; more go under `other`. */
const MOST_MODELS = 1000;
const OTHER = 'other';

/** The recent decisions and the counts of all of them. */
export class RoutingLog {
  readonly #limit: number;
  #entries: RoutingHistoryEntry[] = [];
  readonly #models = new Map<string, number>();
  readonly #tasks = new Map<TaskType, number>();
  #total = 0;
  #difficulty = 0;

  /** @throws {ConfigurationError} naming `historyLimit`. */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 0) {
      throw new ConfigurationError(
        'historyLimit',
        `historyLimit must be a whole number, 0 or more, got ${limit}.`,
      );
    }
    this.#limit = limit;
  }

  add(entry: RoutingHistoryEntry): void {
    this.#total++;
    this.#difficulty += (entry.difficulty - this.#difficulty) / this.#total;
    const isCounted = this.#models.has(entry.selectedModel) || this.#models.size < MOST_MODELS;
    increment(this.#models, isCounted ? entry.selectedModel : OTHER);
    increment(this.#tasks, entry.taskType);
    this.#entries.push(entry);
    // Cut now and then, not at every decision: dropping the first element moves all others.
    if (this.#entries.length > 2 * this.#limit) this.#entries = this.#recent();
  }

  /** The newest last. */
  entries(): readonly RoutingHistoryEntry[] {
    return this.#recent();
  }

  get total(): number {
    return this.#total;
  }

  /** 0..1; `null` before the first decision. */
  get averageDifficulty(): number | null {
    return this.#total === 0 ? null : this.#difficulty;
  }

  modelCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#models);
  }

  taskCounts(): Readonly<Partial<Record<TaskType, number>>> {
    return Object.fromEntries(this.#tasks);
  }

  #recent(): RoutingHistoryEntry[] {
    return this.#limit === 0 ? [] : this.#entries.slice(-this.#limit);
  }
}

function increment<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
