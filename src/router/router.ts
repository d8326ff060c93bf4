import type { ConsideredModel } from '../errors.js';
import type { Snapshot } from '../stores.js';
import type {
  ChatMessage,
  ChatParameters,
  Constraints,
  CreditsMode,
  MaybePromise,
  ModelCapability,
  ModelTier,
  Preferences,
  TaskType,
} from '../types.js';

/** What the other parts say of one model at the moment of the decision. It advises; leases bind. */
export interface RoutingSignals {
  /** Share of recent attempts that the upstream served, 0..1. */
  readonly health: number;
  /** Milliseconds the rate limits would make the request wait. */
  readonly waitMs: number;
  readonly creditsMode: CreditsMode;
  /** Factor on cost, 1 and above, when spending should slow down. */
  readonly costMultiplier: number;
  /** Tokens of the prompt that the model's cache still holds. */
  readonly warmPrefixTokens: number;
  /** Observed output tokens for the task; `null` from the client, whose history is `observed` of the context. */
  readonly outputTokens: number | null;
  /** Observed latency for the task; `null` from the client, as above. */
  readonly latencyMs: number | null;
}

/** What was seen of answers so far, by kind of task, which the router is first to know. */
export interface ObservedAnswers {
  /**
   * Output tokens to expect of a model's answer, thoughts included; `null` where nothing was seen of such asks.
   * @param priorTokens What is expected by the ask alone.
   */
  outputTokens(model: string, taskType: TaskType, priorTokens: number): number | null;
  /** Milliseconds that a model's answers to such asks take; `null` where too few were seen. */
  latencyMs(model: string, taskType: TaskType): number | null;
}

/** What the client hands a router beside the messages. */
export interface RoutingContext {
  /** The models that may be chosen: hard constraints are decided. A router only ranks them. */
  readonly candidates?: readonly ModelCapability[];
  /** By model name; a model without an entry is healthy, unhurried and without history. */
  readonly signals?: ReadonlyMap<string, RoutingSignals>;
  /** The other parameters of the request, as tools and caps. */
  readonly parameters?: ChatParameters;
  /** Estimated tokens of the whole prompt. */
  readonly inputTokens?: number;
  /** What was seen of answers; absent where nothing was. */
  readonly observed?: ObservedAnswers;
  /** The application's own labels of the request: abilities are learned for each. */
  readonly tags?: readonly string[];
}

/** A kind of ask that abilities are learned for, and how far an ask is of it. */
export interface Segment {
  /** What it is, and which: `task:math`, `tag:invoices`. */
  readonly key: string;
  /** 0..1. */
  readonly share: number;
}

/** A model with the figures it was ranked by. */
export interface RankedModel {
  readonly model: string;
  readonly score: number;
  /** Probability that its answer is good. */
  readonly pGood: number;
  /** Estimated; `null` where the price is unknown. */
  readonly costUsd: number | null;
  /** What it was scored by where the price is unknown: a stand-in, which is never cheap. */
  readonly weighedUsd?: number;
  readonly latencyMs: number;
}

/** The choice, and why. */
export interface RoutingDecision {
  readonly selectedModel: string;
  readonly taskType: TaskType;
  /** 0..1. */
  readonly difficulty: number;
  /** Of the task type, 0..1. */
  readonly confidence: number;
  /** Expected utility of the selected model. */
  readonly score: number;
  /** In words and numbers, the same that decided. */
  readonly reasons: readonly string[];
  /** The next best models, best first. */
  readonly fallbacks: readonly string[];
}

/** The selected model in short. */
export interface ModelInfo {
  readonly name: string;
  readonly tier: ModelTier | null;
  /** (3·input + output) / 4e6, USD per token; `null` where the price is unknown. */
  readonly costPerToken: number | null;
  readonly contextWindow: number | null;
}

/** What stood behind the decision, for the records. */
export interface DecisionBasis {
  readonly policyVersion: string;
  readonly distribution: Readonly<Partial<Record<TaskType, number>>>;
  readonly difficultyUncertainty: number;
  readonly features: Readonly<Record<string, number>>;
  readonly preferences: Required<Preferences>;
  /** The kinds of ask that abilities were looked up for. Absent where the router learns none. */
  readonly segments?: readonly Segment[];
  /** Factor on the cost of the selected model. @default 1 */
  readonly costMultiplier?: number;
  /** By model, the probability with which it was chosen. @default 1 for the selected model */
  readonly propensities?: Readonly<Record<string, number>>;
}

/** What an answer says of the model that gave it. */
export interface QualityEvidence {
  /** The call that was answered: what is told of it later takes the place of what was told before. */
  readonly callId?: string;
  readonly model: string;
  /** Of the ask, as in the basis of its decision. */
  readonly segments: readonly Segment[];
  /** Of the ask, 0..1, and how far that may be off. */
  readonly difficulty: number;
  readonly difficultyUncertainty: number;
  /** 0..1. */
  readonly quality: number;
  /** How much it counts, above 0 up to 1. */
  readonly weight: number;
  /**
   * `feedback`: somebody said so. `implicit`: a quality of 0 is a sign that the answer was bad, of 1 the absence
   * of any sign, which the router weighs itself.
   */
  readonly source: 'feedback' | 'implicit';
  /** Whose word it is: what one session can teach is bounded. Absent: the application's own word, unbounded. */
  readonly session?: string;
}

export interface RoutingResult {
  readonly routingDecision: RoutingDecision;
  readonly modelInfo: ModelInfo;
  /** All ranked models, the selected one first. */
  readonly alternatives: readonly RankedModel[];
  /** The models that were not eligible, and why. */
  readonly excluded?: readonly ConsideredModel[];
  /** Absent from routers that do not explain themselves. */
  readonly basis?: DecisionBasis;
}

/** Chooses a model. Only the first method is needed; the others are for routers that learn. */
export interface Router {
  routeRequest(
    messages: readonly ChatMessage[],
    preferences?: Preferences,
    constraints?: Constraints,
    context?: RoutingContext,
  ): MaybePromise<RoutingResult>;
  recordRequestOutcome?(
    model: string,
    taskType: TaskType,
    success: boolean,
    timeSeconds: number,
    quality?: number,
  ): void;
  /** How good an answer was, 0..1, of a request whose outcome is recorded already. */
  recordQuality?(model: string, taskType: TaskType, quality: number): void;
  /** As `recordQuality`, with what was known of the ask; called in its place where both are there. */
  recordEvidence?(evidence: QualityEvidence): void;
  /** What was learned, as plain JSON; `restore` of a later process is given it. */
  snapshot?(): Snapshot;
  /** Takes over what was learned before. Throws where it is not of its own making: it is then ignored. */
  restore?(snapshot: Snapshot): void;
}

/** What a request asks for, without its envelope. */
export interface TaskClassification {
  readonly taskType: TaskType;
  /** Probability of `taskType`, 0..1. */
  readonly confidence: number;
  readonly distribution: Readonly<Partial<Record<TaskType, number>>>;
}

/** Tells what kind of work is asked for. */
export interface TaskClassifier {
  classify(ask: string): TaskClassification;
}
