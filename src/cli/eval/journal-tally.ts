import { calibration } from '../../evaluation/calibration.js';
import { mean } from '../../evaluation/statistics.js';
import { groupedBy } from '../../evaluation/task-accuracy.js';
import type { DecisionRecord, JournalRecord } from '../../index.js';
import { type JoinedCall, JoinedJournal } from '../journal/joined.js';
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

/** A decision whose outcome is known. */
interface Rated extends Decision {
  readonly quality: number;
}

/** What was predicted with what became of it, over all journals that are read. */
export class JournalTally {
  readonly #journal = new JoinedJournal(decisionOf);

  add(entry: JournalRecord): void {
    this.#journal.add(entry);
  }

  /** `null` where no journal was read. */
  report(): JournalReport | null {
    const { decisions, attempts, outcomes } = this.#journal.counts;
    if (decisions + attempts + outcomes === 0) return null;
    const calls = [...this.#journal.calls()];
    const rated = calls.flatMap(({ decision, quality }): readonly Rated[] =>
      decision === null || quality === null ? [] : [{ ...decision, quality }],
    );
    const asChosen = rated.filter(({ isAsChosen }) => isAsChosen);
    const [predicted, observed] = [
      asChosen.map(({ pGood }) => pGood),
      asChosen.map(({ quality }) => quality),
    ];
    const { ece, brier } = calibration(predicted, observed);
    return {
      decisions: calls.filter(({ decision }) => decision !== null).length,
      repeated: this.#journal.repeated,
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
      cost: costOf(calls),
    };
  }
}

function costOf(calls: readonly JoinedCall<Decision>[]): JournalReport['cost'] {
  const asked = calls.filter(({ attempts }) => attempts > 0);
  let [attempts, unpricedAttempts, billedUsd] = [0, 0, 0];
  const compared = { calls: 0, billedUsd: 0, predictedUsd: 0 };
  for (const call of asked) {
    attempts += call.attempts;
    unpricedAttempts += call.unpricedAttempts;
    if (call.costUsd === null) continue;
    billedUsd += call.costUsd;
    if (call.decision?.isAsChosen !== true || call.decision.predictedCostUsd === null) continue;
    compared.calls += 1;
    compared.billedUsd += call.costUsd;
    compared.predictedUsd += call.decision.predictedCostUsd;
  }
  return { calls: asked.length, attempts, unpricedAttempts, billedUsd, compared };
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
