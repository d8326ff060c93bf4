import type { DecisionRecord, JournalRecord, OutcomeRecord } from '../../index.js';

/** Records by kind, as they were read. */
export type RecordCounts = Readonly<Record<'decisions' | 'attempts' | 'outcomes', number>>;

/** What the records of a journal say of one call. */
export interface JoinedCall<Decision> {
  /** `null` where none was recorded: the call named its model. */
  readonly decision: Decision | null;
  /** 0..1; `null` where nobody told. */
  readonly quality: number | null;
  readonly attempts: number;
  /** Attempts whose price is unknown. */
  readonly unpricedAttempts: number;
  /** Of all attempts; `null` where there are none, or the price of one is unknown. */
  readonly costUsd: number | null;
}

type Told = Pick<OutcomeRecord, 'at' | 'quality' | 'source'>;

/** What is kept of a call. */
interface Kept<Decision> {
  decision: Decision | null;
  told: Told | null;
  /** By attempt. */
  readonly costsUsd: Map<string, number | null>;
}

/**
 * The records of journals by call, in whatever order they come. An attempt or a decision that stands there more than
 * once counts once.
 */
export class JoinedJournal<Decision extends object> {
  /** Attempts and decisions that stand there more than once; the last counts. */
  repeated = 0;
  readonly #calls = new Map<string, Kept<Decision>>();
  readonly #counts = { decisions: 0, attempts: 0, outcomes: 0 };
  readonly #digest: (decision: DecisionRecord) => Decision;

  /** @param digest What is kept of a decision: of many, the whole is too much. */
  constructor(digest: (decision: DecisionRecord) => Decision) {
    this.#digest = digest;
  }

  get counts(): RecordCounts {
    return this.#counts;
  }

  add(entry: JournalRecord): void {
    const call = this.#call(entry.record.callId);
    switch (entry.kind) {
      case 'decision':
        this.#counts.decisions += 1;
        if (call.decision !== null) this.repeated += 1;
        call.decision = this.#digest(entry.record);
        break;
      case 'attempt': {
        this.#counts.attempts += 1;
        const { attemptId, costUsd } = entry.record;
        if (call.costsUsd.has(attemptId)) this.repeated += 1;
        call.costsUsd.set(attemptId, costUsd);
        break;
      }
      case 'outcome': {
        this.#counts.outcomes += 1;
        const { at, quality, source } = entry.record;
        if (call.told === null || replaces(entry.record, call.told)) call.told = { at, quality, source };
      }
    }
  }

  *calls(): Generator<JoinedCall<Decision>, void> {
    for (const { decision, told, costsUsd } of this.#calls.values()) {
      const costs = [...costsUsd.values()];
      const unpricedAttempts = costs.filter((costUsd) => costUsd === null).length;
      yield {
        decision,
        quality: told?.quality ?? null,
        attempts: costs.length,
        unpricedAttempts,
        costUsd: costs.length === 0 || unpricedAttempts > 0 ? null : sumOf(costs),
      };
    }
  }

  #call(callId: string): Kept<Decision> {
    let call = this.#calls.get(callId);
    if (call === undefined) {
      this.#calls.set(callId, (call = { decision: null, told: null, costsUsd: new Map() }));
    }
    return call;
  }
}

/** What the caller says counts before what the client saw; of several the last by their time. */
function replaces(told: Told, known: Told): boolean {
  if (told.source !== known.source) return told.source === 'feedback';
  return told.at >= known.at;
}

function sumOf(costs: readonly (number | null)[]): number {
  return costs.reduce((sum: number, costUsd) => sum + (costUsd ?? 0), 0);
}
