import type { ModelCatalog } from '../../catalog/model-catalog.js';
import type { Clock } from '../../clock.js';
import type { Snapshot } from '../../stores.js';
import type { ModelCapability, TaskType } from '../../types.js';
import { priorAbility, type TaskShare } from '../ability.js';
import { TASK_DIFFICULTY } from '../difficulty.js';
import type { QualityEvidence } from '../router.js';
import { checkEvidence } from './check-evidence.js';
import { AskAbilities } from './ask-abilities.js';
import { type LearnedQuality, QualityLearner } from './quality-learner.js';
import { segmentsOf, taskSegment, tasksOf } from './segments.js';

/** How far the difficulty of an ask is from that of its task, where nothing else is known of it. */
const UNSEEN_UNCERTAINTY = 0.3;

/** A router's side of learning: abilities of the models of its catalogue, at its clock. */
export class RouterLearning {
  /** `null` where nothing is to be learned. */
  readonly #learner: QualityLearner | null;
  readonly #catalog: ModelCatalog;
  readonly #clock: Clock;

  constructor(isOn: boolean, { catalog, clock }: { readonly catalog: ModelCatalog; readonly clock: Clock }) {
    this.#learner = isOn ? new QualityLearner() : null;
    this.#catalog = catalog;
    this.#clock = clock;
  }

  /** @throws {InvalidRequestError} naming the field. */
  learn(evidence: QualityEvidence): void {
    checkEvidence(evidence);
    const model = this.#catalog.get(evidence.model) ?? { name: evidence.model };
    const prior = priorAbility(model, tasksOf(evidence.segments));
    this.#learner?.learn(evidence, prior, this.#clock.now());
  }

  /** Learns from a rating of which no more is known than the task. */
  learnOfTask(model: string, taskType: TaskType, quality: number): void {
    this.learn({
      model,
      segments: [taskSegment(taskType, 1)],
      difficulty: TASK_DIFFICULTY[taskType],
      difficultyUncertainty: UNSEEN_UNCERTAINTY,
      quality,
      weight: 1,
      source: 'feedback',
    });
  }

  /** The abilities of the candidates at an ask; `null` where nothing is to be learned. */
  abilitiesAt(
    tasks: readonly TaskShare[],
    tags: readonly string[] | undefined,
    candidates: readonly ModelCapability[],
  ): AskAbilities | null {
    if (this.#learner === null) return null;
    const segments = segmentsOf(tasks, tags);
    return new AskAbilities(this.#learner.at(segments), { segments, tasks, candidates });
  }

  learned(): readonly LearnedQuality[] {
    return this.#learner?.learned() ?? [];
  }

  snapshot(): Snapshot {
    return (this.#learner ?? new QualityLearner()).snapshot();
  }

  /** @throws {TypeError} where it is no snapshot of this version. */
  restore(snapshot: Snapshot): void {
    this.#learner?.restore(snapshot);
  }
}
