import { costPerToken } from '../catalog/cost.js';
import type { Random } from '../clock.js';
import type { ConsideredModel } from '../errors.js';
import type { ChatParameters, ModelCapability } from '../types.js';
import { expectedOutputTokens, outputCapOf } from './expected-output.js';
import { explainDecision } from './explain.js';
import { explore } from './learning/exploration.js';
import type { AskAbilities } from './learning/ask-abilities.js';
import type { Weights } from './preferences.js';
import type { AskProfile } from './profile.js';
import type { ModelInfo, RankedModel, RoutingResult, RoutingSignals } from './router.js';
import { costMultiplierOf, healthOf, rankModels, type ScoringRequest } from './scoring.js';

/** A decision to be made: which of the candidates. */
interface DecisionInput {
  readonly profile: AskProfile;
  readonly candidates: readonly ModelCapability[];
  readonly excluded: readonly ConsideredModel[] | undefined;
  readonly weights: Weights;
  readonly signals: ReadonlyMap<string, RoutingSignals>;
  readonly request: ScoringRequest;
  /** What was learned of the abilities at such asks; `null` where nothing is to be learned. */
  readonly abilities: AskAbilities | null;
  /** Share of the decisions that are made by a draw; 0 makes none. */
  readonly exploration: number;
  readonly random: Random;
}

/** Changes whenever the same input would be decided otherwise. */
const POLICY_VERSION = 'heuristic-2';
const MOST_FALLBACKS = 3;

/** What the scores depend on beside model, weights and signals. */
export function scoringRequestOf(
  { tasks, estimate }: AskProfile,
  parameters: ChatParameters,
  { inputTokens, at }: { readonly inputTokens: number; readonly at: number },
): ScoringRequest {
  return {
    tasks,
    difficulty: estimate.difficulty,
    uncertainty: estimate.uncertainty,
    inputTokens,
    outputTokens: expectedOutputTokens(tasks, inputTokens),
    outputCap: outputCapOf(parameters),
    choices: parameters.n ?? 1,
    at,
  };
}

/** Ranks the candidates and says why; `null` where there are none. */
export function decide(input: DecisionInput): RoutingResult | null {
  const { profile, candidates, weights, signals, request, excluded, abilities } = input;
  const best = rankModels(candidates, request, weights, signals);
  const { ranked, propensities } = exploring(input, best);
  const [selected, second] = ranked;
  if (selected === undefined) return null;
  const { classification, estimate } = profile;
  const costMultiplier = costMultiplierOf(signals.get(selected.model));
  return {
    routingDecision: {
      selectedModel: selected.model,
      taskType: classification.taskType,
      difficulty: estimate.difficulty,
      confidence: classification.confidence,
      score: selected.score,
      reasons: explainDecision({
        classification,
        estimate,
        weights,
        selected,
        second,
        signals: signals.get(selected.model),
        learned: abilities?.changes([best[0], selected, second]) ?? [],
        propensity: propensities?.[selected.model],
      }),
      fallbacks: ranked.slice(1, 1 + MOST_FALLBACKS).map(({ model }) => model),
    },
    modelInfo: modelInfoOf(candidates, selected, request.at),
    alternatives: ranked,
    ...(excluded === undefined ? {} : { excluded }),
    basis: {
      policyVersion: POLICY_VERSION,
      distribution: classification.distribution,
      difficultyUncertainty: estimate.uncertainty,
      features: profile.features,
      preferences: weights,
      ...(costMultiplier === 1 ? {} : { costMultiplier }),
      ...(abilities === null ? {} : { segments: abilities.segments }),
      ...(propensities === undefined ? {} : { propensities }),
    },
  };
}

const NOTHING_KNOWN = { ability: 0, drawDeviation: 0 };

interface Explored {
  /** The chosen one first, the others as they were. */
  readonly ranked: readonly RankedModel[];
  /** `undefined` where nothing was left to chance. */
  readonly propensities: Readonly<Record<string, number>> | undefined;
}

function exploring(input: DecisionInput, ranked: readonly RankedModel[]): Explored {
  const { abilities, exploration, random, weights, signals, request } = input;
  if (abilities === null || exploration === 0 || ranked.length < 2)
    return { ranked, propensities: undefined };
  const learned = abilities.byName();
  const explored = ranked.map(({ model, score, pGood }) => {
    const { ability, drawDeviation } = learned.get(model) ?? NOTHING_KNOWN;
    const health = healthOf(signals.get(model));
    return {
      model,
      score,
      pGood,
      worth: weights.quality * health,
      health,
      ability,
      deviation: drawDeviation,
    };
  });
  const { chosen, propensities } = explore(explored, request, { share: exploration, random });
  const first = ranked[chosen];
  if (chosen === 0 || first === undefined) return { ranked, propensities };
  return { ranked: [first, ...ranked.filter((_, index) => index !== chosen)], propensities };
}

function modelInfoOf(candidates: readonly ModelCapability[], selected: RankedModel, at: number): ModelInfo {
  const model = candidates.find(({ name }) => name === selected.model) ?? { name: selected.model };
  return {
    name: model.name,
    tier: model.tier ?? null,
    costPerToken: costPerToken(model, at),
    contextWindow: model.contextWindow ?? model.maxTokens ?? null,
  };
}
