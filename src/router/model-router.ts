import { type Eligibility, type RequestNeeds, eligibleModels, requestNeeds } from '../catalog/eligibility.js';
import { ModelCatalog } from '../catalog/model-catalog.js';
import { estimateRequestTokens } from '../catalog/token-estimate.js';
import { type Clock, type Random, systemClock, systemRandom } from '../clock.js';
import {
  ConfigurationError,
  type ConsideredModel,
  InvalidRequestError,
  NoModelAvailableError,
} from '../errors.js';
import type { Snapshot } from '../stores.js';
import type { ChatMessage, ChatParameters, Constraints, Preferences, TaskType } from '../types.js';
import { extractAsk } from './ask.js';
import { decide, scoringRequestOf } from './decision.js';
import { forecastOutput, type OutputForecast } from './expected-output.js';
import { RouterLearning } from './learning/router-learning.js';
import { tasksOf } from './learning/segments.js';
import { Outcomes } from './outcomes.js';
import {
  checkedExploration,
  type ModelRouterOptions,
  type RoutingAnalytics,
} from './model-router-options.js';
import { checkConstraints, normalizePreferences } from './preferences.js';
import { profileAsk } from './profile.js';
import type {
  QualityEvidence,
  Router,
  RoutingContext,
  RoutingResult,
  TaskClassification,
  TaskClassifier,
} from './router.js';
import { type RoutingHistoryEntry, RoutingLog } from './routing-log.js';
import type { ScoringRequest } from './scoring.js';
import { prepareClassifier } from './task-classifier.js';
import { latenciesOf, latencyFactor, withObservedAnswers, withObservedLatency } from './signals.js';

/**
 * Chooses a model for each request: what is asked, which kind of task, how hard, and from that the expected
 * utility of each model. Abilities are learned from outcomes. Synchronous, in the process, and deterministic:
 * the same outcomes in the same order make the same decisions (with `exploration`, given the same `random`).
 */
export class ModelRouter implements Router {
  /** What can be chosen: a Map of capabilities by name. */
  readonly models: ModelCatalog;
  readonly #classifier: TaskClassifier | undefined;
  readonly #clock: Clock;
  readonly #outcomes = new Outcomes();
  readonly #log: RoutingLog;
  readonly #learning: RouterLearning;
  readonly #exploration: number;
  readonly #random: Random;

  /** @throws {ConfigurationError} naming `historyLimit`, `exploration`, `models` or `models.<name>.<field>`. */
  constructor(options: ModelRouterOptions = {}) {
    const { models, catalog, classifier, clock = systemClock, historyLimit = 1000 } = options;
    const { learning = true, exploration = 0, random = systemRandom } = options;
    if (catalog !== undefined && models !== undefined) {
      throw new ConfigurationError(
        'models',
        'models and catalog exclude each other: put them into the catalogue.',
      );
    }
    this.models = catalog ?? new ModelCatalog(models === undefined ? {} : { models });
    this.#classifier = classifier;
    if (classifier === undefined) prepareClassifier();
    this.#clock = clock;
    this.#log = new RoutingLog(historyLimit);
    this.#learning = new RouterLearning(learning, { catalog: this.models, clock });
    this.#exploration = checkedExploration(exploration);
    this.#random = random;
  }

  /**
   * Ranks `context.candidates`, or without them all of `models` that can take the request within the constraints.
   * @throws {InvalidRequestError} naming the argument.
   * @throws {NoModelAvailableError} with the reason of each model, where none can take the request.
   */
  routeRequest(
    messages: readonly ChatMessage[],
    preferences?: Preferences,
    constraints: Constraints = {},
    context: RoutingContext = {},
  ): RoutingResult {
    const result = this.#decide({
      messages,
      preferences,
      constraints,
      context,
      exploration: this.#exploration,
    });
    const { selectedModel, taskType, difficulty, confidence, score } = result.routingDecision;
    this.#log.add({ at: this.#clock.now(), selectedModel, taskType, difficulty, confidence, score });
    return result;
  }

  /**
   * The decision that `routeRequest` would make without exploring, not counted as one.
   * @throws {InvalidRequestError} naming the argument.
   * @throws {NoModelAvailableError} with the reason of each model, where none can take the request.
   */
  previewRequest(
    messages: readonly ChatMessage[],
    preferences?: Preferences,
    constraints: Constraints = {},
    context: RoutingContext = {},
  ): RoutingResult {
    return this.#decide({ messages, preferences, constraints, context, exploration: 0 });
  }

  /** The kind of task the last request of the conversation is. */
  classifyTask(messages: readonly ChatMessage[]): TaskClassification {
    checkMessages(messages);
    return profileAsk(messages, this.#classifier).classification;
  }

  /** How hard the last request of the conversation is, 0..1, and how far that may be off. */
  estimateDifficulty(messages: readonly ChatMessage[]): {
    readonly difficulty: number;
    readonly uncertainty: number;
  } {
    checkMessages(messages);
    const { difficulty, uncertainty } = profileAsk(messages, this.#classifier).estimate;
    return { difficulty, uncertainty };
  }

  /**
   * The decision for a task described in words, at most so dear a request. Not counted as a decision.
   * @throws {NoModelAvailableError} where no model is within the budget.
   */
  suggestModelForTask(description: string, budgetUsdPerRequest?: number): RoutingResult {
    if (typeof description !== 'string' || description.trim() === '') {
      throw new InvalidRequestError('description', 'description must say in words what the task is.');
    }
    const constraints = budgetUsdPerRequest === undefined ? {} : { maxCostUsd: budgetUsdPerRequest };
    return this.previewRequest([{ role: 'user', content: description }], undefined, constraints);
  }

  /**
   * Takes note of what became of a request. Observed latency and quality enter later decisions; that a request
   * failed says nothing of the ability of its model.
   * @param timeSeconds duration of the request in seconds.
   * @param quality 0..1; left out where nobody said.
   * @throws {InvalidRequestError} naming the argument.
   */
  recordRequestOutcome(
    model: string,
    taskType: TaskType,
    success: boolean,
    timeSeconds: number,
    quality?: number,
  ): void {
    this.#outcomes.record({ model, taskType, success, timeSeconds, quality });
    if (quality !== undefined) this.#learning.learnOfTask(model, taskType, quality);
  }

  /**
   * Rates an answer whose outcome is recorded already.
   * @param quality 0..1.
   * @throws {InvalidRequestError} naming the argument.
   */
  recordQuality(model: string, taskType: TaskType, quality: number): void {
    this.#outcomes.recordQuality(model, taskType, quality);
    this.#learning.learnOfTask(model, taskType, quality);
  }

  /**
   * Learns from an answer with what was known of its ask.
   * @throws {InvalidRequestError} naming the field.
   */
  recordEvidence(evidence: QualityEvidence): void {
    const { model, segments, source, quality } = evidence;
    const [task] = [...tasksOf(segments)].sort(([, a], [, b]) => b - a);
    this.#learning.learn(evidence);
    if (source === 'feedback' && task !== undefined) this.#outcomes.recordQuality(model, task[0], quality);
  }

  /** What was learned of abilities, as plain JSON. Latencies are learned anew. */
  snapshot(): Snapshot {
    return this.#learning.snapshot();
  }

  /** Takes over what was learned before. @throws {TypeError} where it is no snapshot of this version. */
  restore(snapshot: Snapshot): void {
    this.#learning.restore(snapshot);
  }

  getRoutingAnalytics(): RoutingAnalytics {
    return {
      totalRoutingDecisions: this.#log.total,
      modelUsageDistribution: this.#log.modelCounts(),
      taskTypeDistribution: this.#log.taskCounts(),
      availableModels: this.models.routable().map(({ name }) => name),
      averageDifficulty: this.#log.averageDifficulty,
      outcomes: this.#outcomes.statistics(),
      learned: this.#learning.learned(),
    };
  }

  /** Output tokens to expect of an answer, by the task; at most the caller's cap. */
  expectedOutputTokens(messages: readonly ChatMessage[], parameters: ChatParameters = {}): number {
    checkMessages(messages);
    const profile = profileAsk(messages, this.#classifier);
    const { outputTokens, outputCap } = scoringRequestOf(profile, parameters, { inputTokens: 0, at: 0 });
    return Math.min(outputTokens, outputCap);
  }

  /** What can be said of the answer's length: a prior by task, and the length that the ask itself states. */
  forecastOutput(messages: readonly ChatMessage[], inputTokens: number): OutputForecast {
    checkMessages(messages);
    return forecastOutput(profileAsk(messages, this.#classifier), extractAsk(messages).ask, inputTokens);
  }

  /** The recent decisions without content, the newest last. */
  get routingHistory(): readonly RoutingHistoryEntry[] {
    return this.#log.entries();
  }

  #decide({ messages, preferences, constraints, context, exploration }: DecisionRequest): RoutingResult {
    checkMessages(messages);
    const weights = normalizePreferences(preferences);
    const profile = profileAsk(messages, this.#classifier);
    const parameters = context.parameters ?? {};
    const needs = context.candidates === undefined ? requestNeeds(messages, parameters) : null;
    const request = scoringRequestOf(profile, parameters, {
      inputTokens: context.inputTokens ?? needs?.inputTokens ?? estimateRequestTokens(messages, parameters),
      at: this.#clock.now(),
    });
    const { eligible: candidates, excluded } =
      needs === null
        ? { eligible: context.candidates ?? [], excluded: undefined }
        : this.#eligible(needs, constraints, request);
    const { taskType } = profile.classification;
    const { outputTokens } = request;
    const given = withObservedAnswers(context, candidates, { taskType, outputTokens });
    const signals = withObservedLatency(this.#outcomes.latenciesMs(taskType), given);
    const answerTokens = Math.min(request.outputTokens, request.outputCap);
    const abilities = this.#learning.abilitiesAt(profile.tasks, context.tags, candidates);
    const result = decide({
      profile,
      candidates,
      excluded,
      weights,
      signals,
      request: {
        ...request,
        latencyFactor: latencyFactor(candidates, latenciesOf(signals), answerTokens),
        abilityOf: abilities?.learnedAbility,
      },
      abilities,
      exploration,
      random: this.#random,
    });
    if (result === null) throw noModel(excluded ?? []);
    return result;
  }

  #eligible(
    needs: RequestNeeds,
    constraints: Constraints,
    { at, outputTokens, outputCap }: ScoringRequest,
  ): Eligibility {
    checkConstraints(constraints);
    const expectedOutputTokens = Math.min(outputTokens, outputCap);
    return eligibleModels(this.models.routable(), needs, constraints, { at, expectedOutputTokens });
  }
}

/** What a decision is made of. */
interface DecisionRequest {
  readonly messages: readonly ChatMessage[];
  readonly preferences: Preferences | undefined;
  readonly constraints: Constraints;
  readonly context: RoutingContext;
  /** Share of the choices that are left to a draw. */
  readonly exploration: number;
}

function checkMessages(messages: readonly ChatMessage[]): void {
  if (Array.isArray(messages) && messages.length > 0) return;
  throw new InvalidRequestError('messages', 'messages must be a list of at least one message.');
}

function noModel(considered: readonly ConsideredModel[]): NoModelAvailableError {
  const [first] = considered;
  const example = first === undefined ? '' : ` ${first.model}: ${first.reason}.`;
  return new NoModelAvailableError(
    `None of ${considered.length} models can take the request.${example} Loosen the constraints or add a model.`,
    considered,
  );
}
