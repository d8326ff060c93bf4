import { COST_MULTIPLIERS, costUsd } from '../catalog/cost.js';
import { estimatedTokenUsage } from '../catalog/usage.js';
import type { ModelCapability, ModelPrices, Preferences, TokenUsage } from '../types.js';
import { type Ability, averageAbility, type TaskShare, type TaskWeights, taskWeights } from './ability.js';
import { figuresOf, type ModelFigures } from './model-figures.js';
import type { Weights } from './preferences.js';
import { orderByScore } from './rank-order.js';
import type { RankedModel, RoutingSignals } from './router.js';
import { QUIET } from './signals.js';

/** Everything a score depends on beside the model. */
export interface ScoringRequest {
  /** The tasks the ask may be; shares sum to 1. */
  readonly tasks: readonly TaskShare[];
  /** 0..1. */
  readonly difficulty: number;
  /** Standard deviation of `difficulty`. */
  readonly uncertainty: number;
  readonly inputTokens: number;
  /** Expected output tokens of one answer, where the model's history does not say. */
  readonly outputTokens: number;
  /** The caller's cap on them; `Infinity` where there is none. */
  readonly outputCap: number;
  /** Answers asked for, the parameter `n`. */
  readonly choices: number;
  /** Epoch milliseconds: prices may depend on it. */
  readonly at: number;
  /** How much slower than typical the models are that were seen; holds for those not seen yet. @default 1 */
  readonly latencyFactor?: number;
  /** What outcomes say of a model's ability. @default its prior */
  readonly abilityOf?: (model: ModelCapability) => Ability;
}

/**
 * The cost that weighs as much as a certain failure, where cost and quality weigh alike. Fixed, as the scale of
 * latency is: no model's score depends on which others are there.
 */
const COST_SCALE_USD = 0.5;
/** 30 s: the default timeout of a call. */
const LATENCY_SCALE_MS = 30_000;

/** Slope of success over ability − difficulty, chosen: half a scale above is success 19 times in 20. */
const DISCRIMINATION = 6;
/** Logistic-normal approximation, MacKay 1992: E σ(x) ≈ σ(μ / √(1 + π·s²/8)). */
const PROBIT_MATCH = Math.PI / 8;

/** Stands in for a price nobody gives, USD per 1M: the dearest of the line-up. Unknown is never cheap. */
const UNKNOWN_PRICES: ModelPrices = { input: 10, output: 50 };

/** Success by item response, two-parameter logistic, with the uncertainty of both sides integrated. */
export function probabilityGood(
  ability: Ability,
  item: { readonly difficulty: number; readonly uncertainty: number },
): number {
  const variance = ability.deviation ** 2 + item.uncertainty ** 2;
  const slope = DISCRIMINATION / Math.sqrt(1 + PROBIT_MATCH * DISCRIMINATION ** 2 * variance);
  return 1 / (1 + Math.exp(-slope * (ability.ability - item.difficulty)));
}

/**
 * What a cost weighs, 1 at 0.50 USD: its cube root. What an answer is worth grows with the request, but slower. Linear
 * in USD, no price would matter for a short question, and nothing but the price for a long conversation.
 */
export function costWeight(usd: number): number {
  return Math.cbrt(usd / COST_SCALE_USD);
}

/** The figures that a utility is made of. */
export interface UtilityFigures {
  /** Probability that the answer is good, 0..1. */
  readonly pGood: number;
  readonly costUsd: number;
  /** Waiting included. */
  readonly latencyMs: number;
}

/**
 * What an answer of these figures is worth under these weights: the one formula by which models are ranked.
 * @param weights Shares: they sum to 1.
 * @param costMultiplier Factor on cost, 1 and above, when spending should slow down. @default 1
 */
export function utilityOf(
  { pGood, costUsd: usd, latencyMs }: UtilityFigures,
  weights: Required<Preferences>,
  costMultiplier = 1,
): number {
  return (
    weights.quality * pGood -
    weights.cost * costMultiplier * costWeight(usd) -
    // A wait without end is no matter where speed is none.
    (weights.speed === 0 ? 0 : (weights.speed * latencyMs) / LATENCY_SCALE_MS)
  );
}

/**
 * Expected utility of one model: quality·P(good) − cost·multiplier·∛(USD/0.50) − speed·(latency + wait)/30 s.
 * Health multiplies P(good): an answer that does not come is not good.
 */
export function scoreModel(
  model: ModelCapability,
  request: ScoringRequest,
  weights: Weights,
  signals?: RoutingSignals,
): RankedModel {
  return new Scorer(request, weights).score(model, signals);
}

/**
 * All models, best first; ties by cost, unknown last, then by name, so that the order of the input is no matter.
 * With the other weights as they are, raising `cost` never selects a model whose cost (its stand-in, where the
 * price is unknown) weighs more, its multiplier included; raising `quality` never one of lower P(good); `speed`
 * never a slower one. That holds for weights of which not all are 0.
 */
export function rankModels(
  models: readonly ModelCapability[],
  request: ScoringRequest,
  weights: Weights,
  signals?: ReadonlyMap<string, RoutingSignals>,
): readonly RankedModel[] {
  const scorer = new Scorer(request, weights);
  const isQuiet = signals === undefined || signals.size === 0;
  const scores: number[] = [];
  const scored: RankedModel[] = [];
  for (const model of models) {
    const one = scorer.score(model, isQuiet ? QUIET : signals.get(model.name));
    scores.push(one.score);
    scored.push(one);
  }
  const at = (place: number): RankedModel => scored[place] ?? NOBODY;
  const ranked: RankedModel[] = [];
  for (const place of orderByScore(scores, (one, other) => winsTie(at(one), at(other))))
    ranked.push(at(place));
  return ranked;
}

const NOBODY: RankedModel = { model: '', score: 0, pGood: 0, costUsd: null, latencyMs: 0 };

function winsTie(one: RankedModel, other: RankedModel): boolean {
  const cost = one.costUsd ?? Infinity;
  const otherCost = other.costUsd ?? Infinity;
  return cost === otherCost ? one.model <= other.model : cost < otherCost;
}

/** Scores the models of one request. */
class Scorer {
  readonly #request: ScoringRequest;
  readonly #weights: Weights;
  readonly #tasks: TaskWeights;
  /** Of the model before: most models of a request are expected to use the same. */
  #usage: TokenUsage;

  constructor(request: ScoringRequest, weights: Weights) {
    this.#request = request;
    this.#weights = weights;
    this.#tasks = taskWeights(request.tasks);
    this.#usage = estimatedTokenUsage(request.inputTokens, 0);
  }

  score(model: ModelCapability, signals: RoutingSignals = QUIET): RankedModel {
    const request = this.#request;
    const weights = this.#weights;
    const figures = figuresOf(model);
    const ability = request.abilityOf?.(model) ?? averageAbility(figures.prior, this.#tasks);
    const pGood = probabilityGood(ability, request) * healthOf(signals);
    const outputTokens = Math.min(
      signals.outputTokens ?? request.outputTokens,
      request.outputCap,
      figures.maxOutput,
    );
    const usage = this.#usageOf(outputTokens * request.choices, signals.warmPrefixTokens);
    const cost = costUsd(figures.prices, usage, request.at);
    const weighedUsd = cost ?? costUsd(UNKNOWN_PRICES, usage, null) ?? 0;
    const latencyMs = this.#latencyMs(figures, outputTokens, signals);
    const score = utilityOf({ pGood, costUsd: weighedUsd, latencyMs }, weights, costMultiplierOf(signals));
    const ranked = { model: model.name, score, pGood, costUsd: cost, latencyMs };
    return cost === null ? { ...ranked, weighedUsd } : ranked;
  }

  #latencyMs(
    { firstTokenMs, msPerToken }: ModelFigures,
    outputTokens: number,
    signals: RoutingSignals,
  ): number {
    const typicalMs = (firstTokenMs + msPerToken * outputTokens) * (this.#request.latencyFactor ?? 1);
    return (signals.latencyMs ?? typicalMs) + Math.max(0, signals.waitMs);
  }

  #usageOf(outputTokens: number, warmTokens: number): TokenUsage {
    const { inputTokens } = this.#request;
    const cached = Math.min(inputTokens, Math.max(0, warmTokens));
    const usage = this.#usage;
    if (usage.outputTokens === outputTokens && usage.cachedInputTokens === cached) return usage;
    return (this.#usage = estimatedTokenUsage(inputTokens, outputTokens, cached));
  }
}

/** How many times a cost counts: the highest of what the signals say. */
export function costMultiplierOf(signals: RoutingSignals = QUIET): number {
  return Math.max(1, signals.costMultiplier, COST_MULTIPLIERS[signals.creditsMode]);
}

/** Share of the recent attempts that were served, as it counts. */
export function healthOf(signals: RoutingSignals | undefined): number {
  return Math.min(1, Math.max(0, signals?.health ?? 1));
}
