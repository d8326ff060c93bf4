import { InvalidRequestError } from '../errors.js';
import { TaskType } from '../types.js';

/** What became of the requests a model was given for one kind of task. */
export interface OutcomeStatistics {
  readonly model: string;
  readonly taskType: TaskType;
  readonly count: number;
  /** 0..100, as the guide gives rates. */
  readonly successRate: number;
  /** Of successes, recent ones weighing more; `null` before the first. */
  readonly averageLatencyMs: number | null;
  /** 0..1; `null` where no outcome carried a quality. */
  readonly averageQuality: number | null;
}

interface Tally {
  readonly model: string;
  readonly taskType: TaskType;
  count: number;
  successes: number;
  latencyMs: number | null;
  qualityCount: number;
  quality: number;
}

/** Models and tasks kept; the one first seen goes first. */
const MOST_TALLIES = 4096;
/** A mean over all until there are so many, then an exponential one: latency drifts. */
const LATENCY_WINDOW = 20;
/** From so many successes on, the latency counts as observed. */
const LEAST_OBSERVATIONS = 3;

const TASKS: ReadonlySet<string> = new Set(Object.values(TaskType));

export interface Outcome {
  readonly model: string;
  readonly taskType: TaskType;
  readonly success: boolean;
  readonly timeSeconds: number;
  readonly quality?: number | undefined;
}

/** Bounded counts and means per model and task. Quality is kept, not yet learned from. */
export class Outcomes {
  readonly #tallies = new Map<string, Tally>();

  /** @throws {InvalidRequestError} naming the argument. */
  record(outcome: Outcome): void {
    checkOutcome(outcome);
    const tally = this.#tallyOf(outcome.model, outcome.taskType);
    tally.count++;
    if (outcome.success) {
      tally.successes++;
      tally.latencyMs = nextLatency(tally, outcome.timeSeconds * 1000);
    }
    if (outcome.quality !== undefined) rate(tally, outcome.quality);
  }

  /** Rates an answer whose outcome is recorded already. @throws {InvalidRequestError} naming the argument. */
  recordQuality(model: string, taskType: TaskType, quality: number): void {
    checkOutcome({ model, taskType, success: true, timeSeconds: 0, quality });
    rate(this.#tallyOf(model, taskType), quality);
  }

  /** Observed latency of a model at a task; `null` until it succeeded three times. */
  latencyMs(model: string, taskType: TaskType): number | null {
    const tally = this.#tallies.get(keyOf(model, taskType));
    return tally === undefined || tally.successes < LEAST_OBSERVATIONS ? null : tally.latencyMs;
  }

  get isEmpty(): boolean {
    return this.#tallies.size === 0;
  }

  statistics(): readonly OutcomeStatistics[] {
    return [...this.#tallies.values()].map((tally) => ({
      model: tally.model,
      taskType: tally.taskType,
      count: tally.count,
      successRate: tally.count === 0 ? 0 : (100 * tally.successes) / tally.count,
      averageLatencyMs: tally.latencyMs,
      averageQuality: tally.qualityCount === 0 ? null : tally.quality,
    }));
  }

  #tallyOf(model: string, taskType: TaskType): Tally {
    const key = keyOf(model, taskType);
    const known = this.#tallies.get(key);
    if (known !== undefined) return known;
    if (this.#tallies.size >= MOST_TALLIES) {
      for (const oldest of this.#tallies.keys()) {
        this.#tallies.delete(oldest);
        break;
      }
    }
    const tally = { model, taskType, count: 0, successes: 0, latencyMs: null, qualityCount: 0, quality: 0 };
    this.#tallies.set(key, tally);
    return tally;
  }
}

function rate(tally: Tally, quality: number): void {
  tally.qualityCount++;
  tally.quality += (quality - tally.quality) / tally.qualityCount;
}

function keyOf(model: string, taskType: TaskType): string {
  return `${taskType} ${model}`;
}

function nextLatency({ latencyMs, successes }: Tally, observedMs: number): number {
  if (latencyMs === null) return observedMs;
  return latencyMs + (observedMs - latencyMs) / Math.min(successes, LATENCY_WINDOW);
}

function checkOutcome({ model, taskType, success, timeSeconds, quality }: Outcome): void {
  if (typeof model !== 'string' || model === '') throw expected('model', 'the name of a model');
  if (!TASKS.has(taskType)) throw expected('taskType', `one of ${[...TASKS].join(', ')}`);
  if (typeof success !== 'boolean') throw expected('success', 'true or false');
  if (!(Number.isFinite(timeSeconds) && timeSeconds >= 0)) {
    throw expected('timeSeconds', 'seconds, a finite number of 0 or more');
  }
  if (quality !== undefined && !(quality >= 0 && quality <= 1)) {
    throw expected('quality', 'a number from 0 to 1, or left out');
  }
}

function expected(field: string, what: string): InvalidRequestError {
  return new InvalidRequestError(field, `${field} must be ${what}.`);
}
