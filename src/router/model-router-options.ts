import type { ModelCatalog, ModelCatalogOptions } from '../catalog/model-catalog.js';
import type { Clock, Random } from '../clock.js';
import { ConfigurationError } from '../errors.js';
import type { TaskType } from '../types.js';
import type { LearnedQuality } from './learning/quality-learner.js';
import type { OutcomeStatistics } from './outcomes.js';
import type { TaskClassifier } from './router.js';

export interface ModelRouterOptions {
  /** Models added to, or overriding, the catalogue of the package. Not with `catalog`. */
  readonly models?: ModelCatalogOptions['models'];
  /** The catalogue to choose from. @default one of its own */
  readonly catalog?: ModelCatalog;
  /** What tells the kind of task. @default words of 13 languages and the build of the text */
  readonly classifier?: TaskClassifier;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** Decisions kept in `routingHistory`. @default 1000 */
  readonly historyLimit?: number;
  /** Whether the quality of answers is learned from. @default true */
  readonly learning?: boolean;
  /**
   * Share of the decisions made by a draw from what is known of abilities, 0..1, so that a model is found out
   * to be better than it is held to be. Needs `learning`. @default 0
   */
  readonly exploration?: number;
  /** What the draws of `exploration` are made with. @default Math.random */
  readonly random?: Random;
}

export interface RoutingAnalytics {
  readonly totalRoutingDecisions: number;
  /** Decisions by model. */
  readonly modelUsageDistribution: Readonly<Record<string, number>>;
  /** Decisions by kind of task. */
  readonly taskTypeDistribution: Readonly<Partial<Record<TaskType, number>>>;
  /** Names of the models the router chooses from. */
  readonly availableModels: readonly string[];
  /** 0..1; `null` before the first decision. */
  readonly averageDifficulty: number | null;
  readonly outcomes: readonly OutcomeStatistics[];
  /** What was learned of the models' abilities, by model and kind of ask. */
  readonly learned: readonly LearnedQuality[];
}

/** @throws {ConfigurationError} naming `exploration`. */
export function checkedExploration(exploration: number): number {
  if (typeof exploration === 'number' && exploration >= 0 && exploration <= 1) return exploration;
  throw new ConfigurationError('exploration', `exploration must be a share from 0 to 1, got ${exploration}.`);
}
