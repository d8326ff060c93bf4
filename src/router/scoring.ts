import { costUsd, pricesOf } from '../catalog/cost.js';
import { typicalLatencyMs } from '../catalog/eligibility.js';
import { estimatedTokenUsage } from '../catalog/usage.js';
import type { CreditsMode, ModelCapability, ModelPrices, TokenUsage } from '../types.js';
import { type Ability, priorAbility, type TaskShare } from './ability.js';
import type { Weights } from './preferences.js';
import type { RankedModel, RoutingSignals } from './router.js';

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
 * What one unit of weight pays for. Fixed, so that no model's score depends on which others are there.
 * 0.05 USD: a thousand tokens in and two thousand out of a premium model (4/20 USD per 1M) are about that.
 */
const COST_SCALE_USD = 0.05;
/** 30 s: the default timeout of a call. */
const LATENCY_SCALE_MS = 30_000;

/** Slope of success over ability − difficulty, chosen: half a scale above is success 19 times in 20. */
const DISCRIMINATION = 6;
/** Logistic-normal approximation, MacKay 1992: E σ(x) ≈ σ(μ / √(1 + π·s²/8)). */
const PROBIT_MATCH = Math.PI / 8;

/** Stands in for a price nobody gives, USD per 1M: the dearest of the line-up. Unknown is never cheap. */
const UNKNOWN_PRICES: ModelPrices = { input: 10, output: 50 };
/** What a low or critical balance makes of a cost when pacing asks for less. */
const MODE_MULTIPLIERS: Readonly<Record<CreditsMode, number>> = { normal: 1, low: 1.5, critical: 3 };

/** Success by item response, two-parameter logistic, with the uncertainty of both sides integrated. */
export function probabilityGood(
  ability: { readonly ability: number; readonly deviation: number },
  item: { readonly difficulty: number; readonly uncertainty: number },
): number {
  const variance = ability.deviation ** 2 + item.uncertainty ** 2;
  const slope = DISCRIMINATION / Math.sqrt(1 + PROBIT_MATCH * DISCRIMINATION ** 2 * variance);
  return 1 / (1 + Math.exp(-slope * (ability.ability - item.difficulty)));
}

/**
 * Expected utility of one model: quality·P(good) − cost·multiplier·USD/0.05 − speed·(latency + wait)/30 s.
 * Health multiplies P(good): an answer that does not come is not good.
 */
export function scoreModel(
  model: ModelCapability,
  request: ScoringRequest,
  weights: Weights,
  signals?: RoutingSignals,
): RankedModel {
  const ability = request.abilityOf?.(model) ?? priorAbility(model, request.tasks);
  const pGood = probabilityGood(ability, request) * healthOf(signals);
  const outputTokens = expectedOutput(model, request, signals);
  const usage = usageOf(request, outputTokens, signals?.warmPrefixTokens ?? 0);
  const cost = costUsd(pricesOf(model), usage, request.at);
  const latencyMs =
    (signals?.latencyMs ?? typicalLatencyMs(model, outputTokens) * (request.latencyFactor ?? 1)) +
    Math.max(0, signals?.waitMs ?? 0);
  const chargedUsd = (cost ?? costUsd(UNKNOWN_PRICES, usage, null) ?? 0) * costMultiplier(signals);
  const score =
    weights.quality * pGood -
    (weights.cost * chargedUsd) / COST_SCALE_USD -
    (weights.speed * latencyMs) / LATENCY_SCALE_MS;
  return { model: model.name, score, pGood, costUsd: cost, latencyMs };
}

/**
 * All models, best first; ties by cost, unknown last, then by name, so that the order of the input is no matter.
 * With the other weights as they are, raising `cost` never selects a model whose multiplied cost (its stand-in,
 * where the price is unknown) is higher; raising `quality` never one of lower P(good); `speed` never a slower one.
 * That holds for weights of which not all are 0.
 */
export function rankModels(
  models: readonly ModelCapability[],
  request: ScoringRequest,
  weights: Weights,
  signals?: ReadonlyMap<string, RoutingSignals>,
): readonly RankedModel[] {
  const ranked = models.map((model) => scoreModel(model, request, weights, signals?.get(model.name)));
  return ranked.sort(byRank);
}

function byRank(a: RankedModel, b: RankedModel): number {
  if (a.score !== b.score) return b.score - a.score;
  const costA = a.costUsd ?? Infinity;
  const costB = b.costUsd ?? Infinity;
  if (costA !== costB) return costA - costB;
  return a.model < b.model ? -1 : 1;
}

function costMultiplier(signals: RoutingSignals | undefined): number {
  if (signals === undefined) return 1;
  return Math.max(1, signals.costMultiplier, MODE_MULTIPLIERS[signals.creditsMode]);
}

function expectedOutput(
  model: ModelCapability,
  { outputTokens, outputCap }: ScoringRequest,
  signals: RoutingSignals | undefined,
): number {
  return Math.min(signals?.outputTokens ?? outputTokens, outputCap, model.maxOutput ?? Infinity);
}

function usageOf(request: ScoringRequest, outputTokens: number, warmTokens: number): TokenUsage {
  const cached = Math.min(request.inputTokens, Math.max(0, warmTokens));
  return estimatedTokenUsage(request.inputTokens, outputTokens * request.choices, cached);
}

/** Share of the recent attempts that were served, as it counts. */
export function healthOf(signals: RoutingSignals | undefined): number {
  return Math.min(1, Math.max(0, signals?.health ?? 1));
}
