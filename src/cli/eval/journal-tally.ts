import { calibration } from '../../evaluation/calibration.js';
import { mean } from '../../evaluation/statistics.js';
import { groupedBy } from '../../evaluation/task-accuracy.js';
import type { AttemptRow, DecisionRecord, JournalRecord, OutcomeRecord } from '../../index.js';
import { type Figure, figure, type JournalReport, type QualityRow } from './report.js';

/** What is kept of a decision. */
interface Decision {
  readonly taskType: string;
  /** The model that answered; `null` where none did. */
  readonly servedModel: string | null;
  /** Whether the model that answered is the one that was chosen. */
  readonly isAsChosen: boolean;
  /** Predicted of the chosen model. */
  readonly pGood: number;
  readonly predictedCostUsd: Figure;
}

interface Rating {
  readonly quality: number;
  readonly source: OutcomeRecord['source'];
}

/** A decision whose outcome is known. */
interface Rated extends Decision {
  readonly quality: number;
}

/** Joins the records of journals by call: what was predicted with what became of it. */
export class JournalTally {
  readonly #decisions = new Map<string, Decision>();
  readonly #ratings = new Map<string, Rating>();
  readonly #costs = new Map<string, Figure>();
  #attempts = 0;
  #unpricedAttempts = 0;

  add(entry: JournalRecord): void {
    switch (entry.kind) {
      case 'decision':
        this.#decisions.set(entry.record.callId, decisionOf(entry.record));
        break;
      case 'outcome':
        this.#rate(entry.record);
        break;
      case 'attempt':
        this.#addAttempt(entry.record);
    }
  }

  /** `null` where no journal was read. */
  report(): JournalReport | null {
    const isEmpty = this.#decisions.size + this.#ratings.size + this.#attempts === 0;
    if (isEmpty) return null;
    const rated = this.#rated();
    const asChosen = rated.filter(({ isAsChosen }) => isAsChosen);
    const [predicted, observed] = [
      asChosen.map(({ pGood }) => pGood),
      asChosen.map(({ quality }) => quality),
    ];
    const { ece, brier } = calibration(predicted, observed);
    return {
      decisions: this.#decisions.size,
      rated: rated.length,
      quality: figure(mean(rated.map(({ quality }) => quality))),
      byTask: qualityBy(rated, ({ taskType }) => taskType),
      byModel: qualityBy(rated, ({ servedModel }) => servedModel ?? 'none'),
      calibration: {
        n: asChosen.length,
        predicted: figure(mean(predicted)),
        observed: figure(mean(observed)),
        ece: figure(ece),
        brier: figure(brier),
      },
      cost: this.#cost(),
    };
  }

  /** What the caller says goes before what was seen, the later before the earlier. */
  #rate({ callId, quality, source }: OutcomeRecord): void {
    const before = this.#ratings.get(callId);
    if (before?.source === 'feedback' && source !== 'feedback') return;
    this.#ratings.set(callId, { quality, source });
  }

  #addAttempt({ callId, costUsd }: AttemptRow): void {
    this.#attempts++;
    if (costUsd === null) this.#unpricedAttempts++;
    const before = this.#costs.get(callId);
    this.#costs.set(callId, before === null || costUsd === null ? null : (before ?? 0) + costUsd);
  }

  #rated(): readonly Rated[] {
    const rated: Rated[] = [];
    for (const [callId, decision] of this.#decisions) {
      const rating = this.#ratings.get(callId);
      if (rating !== undefined) rated.push({ ...decision, quality: rating.quality });
    }
    return rated;
  }

  #cost(): JournalReport['cost'] {
    let [billedUsd, comparedCalls, comparedUsd, predictedUsd] = [0, 0, 0, 0];
    for (const [callId, costUsd] of this.#costs) {
      if (costUsd === null) continue;
      billedUsd += costUsd;
      const decision = this.#decisions.get(callId);
      if (decision?.isAsChosen !== true || decision.predictedCostUsd === null) continue;
      comparedCalls++;
      comparedUsd += costUsd;
      predictedUsd += decision.predictedCostUsd;
    }
    const { size: calls } = this.#costs;
    const attempts = { attempts: this.#attempts, unpricedAttempts: this.#unpricedAttempts };
    return {
      calls,
      ...attempts,
      billedUsd,
      compared: { calls: comparedCalls, billedUsd: comparedUsd, predictedUsd },
    };
  }
}

function decisionOf({ taskType, chosenModel, servedModel, candidates }: DecisionRecord): Decision {
  const chosen = candidates.find(({ model }) => model === chosenModel);
  return {
    taskType,
    servedModel,
    isAsChosen: servedModel === chosenModel && chosen !== undefined,
    pGood: chosen?.pGood ?? NaN,
    predictedCostUsd: chosen?.costUsd ?? null,
  };
}

function qualityBy(rated: readonly Rated[], keyOf: (item: Rated) => string): readonly QualityRow[] {
  return groupedBy(rated, keyOf).map(([name, own]) => ({
    name,
    n: own.length,
    quality: mean(own.map(({ quality }) => quality)),
  }));
}
