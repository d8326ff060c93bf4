import type { ConsideredModel } from '../errors.js';
import type { ChatMessage, ChatParameters, Constraints, ModelAbilities, ModelCapability } from '../types.js';
import { costPerToken, costUsd, pricesOf } from './cost.js';
import { pricesInTier } from './service-tier.js';
import { estimatedTokenUsage } from './usage.js';
import { requestEstimator, requestTokens } from './token-estimate.js';
import { measureRequest } from './request-content.js';
import { toolTokens } from './tool-tokens.js';

/** Output expected where neither history nor a smaller cap says otherwise. */
const EXPECTED_OUTPUT_TOKENS = 500;
/** Speed of a model nothing is known of: about the middle of the shipped catalogue. */
const TYPICAL_FIRST_TOKEN_MS = 1000;
const TYPICAL_TOKENS_PER_SECOND = 80;

/** The reason of a model that the caller does not allow. */
export const NOT_AMONG = 'it is not among constraints.models';

/** What a request asks of a model. */
export interface RequestNeeds {
  readonly tools: boolean;
  readonly vision: boolean;
  readonly audio: boolean;
  /** `response_format: { type: 'json_object' }`. */
  readonly json: boolean;
  /** `response_format: { type: 'json_schema' }`. */
  readonly structuredOutput: boolean;
  /** Estimated tokens of the whole prompt. */
  readonly inputTokens: number;
  /** The caller's cap on the output of one answer; `null` where there is none. */
  readonly outputTokens: number | null;
  /** How many answers are asked for, the parameter `n`. */
  readonly choices: number;
  /** The `service_tier` that is asked for; `null` where none is. */
  readonly serviceTier: string | null;
}

/** Both names of the output cap; OpenAI calls the second deprecated, most services know no other. */
interface OutputCaps {
  readonly max_completion_tokens?: number | null;
  readonly max_tokens?: number | null;
}

/** What may refine the judgement of eligibility. */
export interface EligibilityContext {
  /** Epoch milliseconds at which prices are looked up. @default the base prices */
  readonly at?: number;
  /** Expected output tokens. @default 500, or the caller's cap where that is less */
  readonly expectedOutputTokens?: number;
}

export interface Eligibility {
  readonly eligible: readonly ModelCapability[];
  readonly excluded: readonly ConsideredModel[];
}

/** What a request needs: seen, not guessed. */
export function requestNeeds(messages: readonly ChatMessage[], parameters: ChatParameters): RequestNeeds {
  const content = measureRequest(messages, parameters, requestEstimator(), toolTokens);
  const format = parameters.response_format?.type;
  const caps: OutputCaps = parameters;
  return {
    tools: content.tools > 0,
    vision: content.images > 0,
    audio: content.audios > 0 || parameters.modalities?.includes('audio') === true,
    json: format === 'json_object',
    structuredOutput: format === 'json_schema',
    inputTokens: requestTokens(content),
    outputTokens: caps.max_completion_tokens ?? caps.max_tokens ?? null,
    choices: parameters.n ?? 1,
    serviceTier: parameters.service_tier ?? null,
  };
}

/**
 * Splits models into those that can take the request within the constraints and those that cannot,
 * each with its reason in words and numbers. Cost and time are estimates at the expected output. An
 * ability nobody speaks of is assumed for tools and JSON, which nearly every server has, and not for
 * vision and audio; a price, window or ability a constraint needs but nobody gives excludes.
 */
export function eligibleModels(
  models: readonly ModelCapability[],
  needs: RequestNeeds,
  constraints: Constraints,
  context: EligibilityContext = {},
): Eligibility {
  const allowed = constraints.models === undefined ? null : new Set(constraints.models);
  const expectedOutputTokens =
    context.expectedOutputTokens ?? Math.min(needs.outputTokens ?? Infinity, EXPECTED_OUTPUT_TOKENS);
  const refined = { ...context, expectedOutputTokens };
  const wanted = ABILITIES.filter(({ need }) => needs[need]);
  const eligible: ModelCapability[] = [];
  const excluded: ConsideredModel[] = [];
  for (const model of models) {
    const reason =
      reasonOfName(model, allowed) ??
      reasonOfAbility(model.abilities, wanted) ??
      reasonOfWindow(model, needs, constraints) ??
      reasonOfOutput(model, needs) ??
      reasonOfCost(model, needs, constraints, refined) ??
      reasonOfTime(model, constraints, expectedOutputTokens);
    if (reason === null) eligible.push(model);
    else excluded.push({ model: model.name, reason });
  }
  return { eligible, excluded };
}

/**
 * How long an answer of so many tokens takes, in milliseconds, by the model's typical speed; where
 * that is unknown, one second to the first token and 80 tokens per second.
 */
export function typicalLatencyMs(
  model: Pick<ModelCapability, 'typicalFirstTokenMs' | 'typicalTokensPerSecond'>,
  outputTokens: number,
): number {
  const tokensPerSecond = model.typicalTokensPerSecond ?? TYPICAL_TOKENS_PER_SECOND;
  return (model.typicalFirstTokenMs ?? TYPICAL_FIRST_TOKEN_MS) + (outputTokens / tokensPerSecond) * 1000;
}

function reasonOfName(model: ModelCapability, allowed: ReadonlySet<string> | null): string | null {
  if (allowed === null || allowed.has(model.name)) return null;
  return model.aliases?.some((alias) => allowed.has(alias)) === true ? null : NOT_AMONG;
}

/** What each need excludes by: `assumed` is what holds of a model that does not say. */
const ABILITIES = [
  { need: 'vision', assumed: false, reason: 'it is not known to take images' },
  { need: 'audio', assumed: false, reason: 'it is not known to take or give audio' },
  { need: 'tools', assumed: true, reason: 'it takes no tools' },
  { need: 'json', assumed: true, reason: 'it has no JSON mode' },
  { need: 'structuredOutput', assumed: true, reason: 'it follows no JSON schema' },
] as const;

function reasonOfAbility(
  abilities: ModelAbilities | undefined,
  wanted: readonly (typeof ABILITIES)[number][],
): string | null {
  for (const { need, assumed, reason } of wanted) if (!(abilities?.[need] ?? assumed)) return reason;
  return null;
}

function reasonOfWindow(
  model: ModelCapability,
  { inputTokens, outputTokens }: RequestNeeds,
  { minContextWindow = 0 }: Constraints,
): string | null {
  const window = model.contextWindow ?? model.maxTokens ?? null;
  if (window === null) {
    return minContextWindow > 0
      ? `its context window is unknown, minContextWindow is ${minContextWindow}`
      : null;
  }
  if (window < minContextWindow) {
    return `its context window is ${window}, minContextWindow is ${minContextWindow}`;
  }
  const wanted = inputTokens + (outputTokens ?? 1);
  return wanted > window ? `its context window is ${window} tokens, the request needs about ${wanted}` : null;
}

function reasonOfOutput({ maxOutput }: ModelCapability, { outputTokens }: RequestNeeds): string | null {
  const most = maxOutput ?? Infinity;
  return outputTokens !== null && outputTokens > most
    ? `it answers with at most ${most} tokens, the request asks for up to ${outputTokens}`
    : null;
}

function reasonOfCost(
  model: ModelCapability,
  needs: RequestNeeds,
  { maxCostPerToken, maxCostUsd }: Constraints,
  { at, expectedOutputTokens }: EligibilityContext & { readonly expectedOutputTokens: number },
): string | null {
  if (maxCostPerToken !== undefined) {
    const perToken = costPerToken(model, at);
    if (perToken === null) return 'its price is unknown, and maxCostPerToken needs one';
    if (perToken > maxCostPerToken) {
      return `it costs ${perToken} USD per token, maxCostPerToken is ${maxCostPerToken}`;
    }
  }
  if (maxCostUsd === undefined) return null;
  const cost = expectedCostUsd(model, needs, expectedOutputTokens, at);
  if (cost === null) return 'its price is unknown, and maxCostUsd needs one';
  return cost > maxCostUsd
    ? `the request would cost about ${Number(cost.toPrecision(3))} USD, maxCostUsd is ${maxCostUsd}`
    : null;
}

function expectedCostUsd(
  model: ModelCapability,
  { inputTokens, choices, serviceTier }: RequestNeeds,
  expectedOutputTokens: number,
  at: number | undefined,
): number | null {
  const usage = estimatedTokenUsage(inputTokens, expectedOutputTokens * choices);
  return costUsd(pricesInTier(pricesOf(model), serviceTier), usage, at ?? null);
}

function reasonOfTime(
  model: ModelCapability,
  { maxTimeMs }: Constraints,
  expectedOutputTokens: number,
): string | null {
  if (maxTimeMs === undefined) return null;
  const latencyMs = Math.round(typicalLatencyMs(model, expectedOutputTokens));
  return latencyMs > maxTimeMs ? `it takes about ${latencyMs} ms, maxTimeMs is ${maxTimeMs}` : null;
}
