import { rescore, type RescoredDecision } from '../../evaluation/rescore.js';
import type { JournalRecord, ReplayPolicy } from '../../index.js';
import { JoinedJournal, type RecordCounts } from '../journal/joined.js';

/** A decision with what came of its call. */
export interface ReplayedDecision extends RescoredDecision {
  /** 0..1; `null` where nobody told. */
  readonly quality: number | null;
  /** Of all attempts of the call; `null` where there are none, or the price of one is unknown. */
  readonly costUsd: number | null;
}

/** The decisions of a journal, each scored again as it comes, with what came of them. */
export class ReplayedLog {
  /** Names of all candidates. */
  readonly models = new Set<string>();
  readonly #journal: JoinedJournal<RescoredDecision>;

  constructor(policy: ReplayPolicy) {
    this.#journal = new JoinedJournal((decision) => {
      for (const { model } of decision.candidates) this.models.add(model);
      return rescore(decision, policy);
    });
  }

  get counts(): RecordCounts {
    return this.#journal.counts;
  }

  /** Records that stand in the log more than once, by attempt or decision; the last counts. */
  get repeated(): number {
    return this.#journal.repeated;
  }

  add(entry: JournalRecord): void {
    this.#journal.add(entry);
  }

  *decisions(): Generator<ReplayedDecision, void> {
    for (const { decision, quality, costUsd } of this.#journal.calls()) {
      if (decision !== null) yield { ...decision, quality, costUsd };
    }
  }
}
