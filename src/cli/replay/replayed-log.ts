import { rescore, type RescoredDecision } from '../../evaluation/rescore.js';
import type { DecisionRecord, JournalRecord, OutcomeRecord, ReplayPolicy } from '../../index.js';

/** A decision with what came of its call. */
export interface ReplayedDecision extends RescoredDecision {
  /** 0..1; `null` where nobody told. */
  readonly quality: number | null;
  /** Of all attempts of the call; `null` where there are none, or the price of one is unknown. */
  readonly costUsd: number | null;
}

/** Records by kind. */
export type RecordCounts = Readonly<Record<'decisions' | 'attempts' | 'outcomes', number>>;

type Told = Pick<OutcomeRecord, 'at' | 'quality' | 'source'>;

/** Joins the records of a journal by call, in whatever order they come; each decision is scored again at once. */
export class ReplayedLog {
  /** Records that stand in the log more than once, by attempt or decision; the last counts. */
  repeated = 0;
  /** Names of all candidates. */
  readonly models = new Set<string>();
  readonly #policy: ReplayPolicy;
  readonly #decisions = new Map<string, RescoredDecision>();
  readonly #costs = new Map<string, Map<string, number | null>>();
  readonly #outcomes = new Map<string, Told>();
  readonly #counts = { decisions: 0, attempts: 0, outcomes: 0 };

  constructor(policy: ReplayPolicy) {
    this.#policy = policy;
  }

  get counts(): RecordCounts {
    return this.#counts;
  }

  add(entry: JournalRecord): void {
    switch (entry.kind) {
      case 'decision':
        this.#counts.decisions += 1;
        this.#decide(entry.record);
        break;
      case 'attempt': {
        this.#counts.attempts += 1;
        const { callId, attemptId, costUsd } = entry.record;
        const costs = this.#costs.get(callId) ?? new Map<string, number | null>();
        if (costs.has(attemptId)) this.repeated += 1;
        this.#costs.set(callId, costs.set(attemptId, costUsd));
        break;
      }
      case 'outcome': {
        this.#counts.outcomes += 1;
        const { callId, at, quality, source } = entry.record;
        const known = this.#outcomes.get(callId);
        if (known === undefined || replaces(entry.record, known)) {
          this.#outcomes.set(callId, { at, quality, source });
        }
      }
    }
  }

  *decisions(): Generator<ReplayedDecision, void> {
    for (const [callId, rescored] of this.#decisions) {
      yield {
        ...rescored,
        quality: this.#outcomes.get(callId)?.quality ?? null,
        costUsd: sumOf(this.#costs.get(callId)),
      };
    }
  }

  #decide(decision: DecisionRecord): void {
    if (this.#decisions.has(decision.callId)) this.repeated += 1;
    for (const { model } of decision.candidates) this.models.add(model);
    this.#decisions.set(decision.callId, rescore(decision, this.#policy));
  }
}

/** What the caller says counts before what the client saw; of several the last. */
function replaces(told: Told, known: Told): boolean {
  if (told.source !== known.source) return told.source === 'feedback';
  return told.at >= known.at;
}

function sumOf(costs: ReadonlyMap<string, number | null> | undefined): number | null {
  if (costs === undefined) return null;
  let sum = 0;
  for (const costUsd of costs.values()) {
    if (costUsd === null) return null;
    sum += costUsd;
  }
  return sum;
}
