/** A router that decides on prompts in a random order and is told how good each answer was. */
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { estimateRequestTokens } from '../../src/catalog/token-estimate.js';
import type { Clock, Random } from '../../src/clock.js';
import { seededRandom } from '../../src/evaluation/random.js';
import { ModelRouter } from '../../src/router/model-router.js';
import type { RoutingResult } from '../../src/router/router.js';
import type { ChatMessage, ModelCapability } from '../../src/types.js';
import { type AskSet, type EvaluatedAsk, mean } from './dataset.js';

/** How a run is made. */
export interface RunOptions {
  readonly seed: number;
  readonly decisions: number;
  /** Whether the category is given as a tag. */
  readonly isTagged: boolean;
  /** Whose outcomes are told: of the model that was chosen, or of all, which nobody can know: the ceiling. */
  readonly told: 'none' | 'chosen' | 'all';
  /** Weight of cost among cost and quality. */
  readonly costWeight: number;
  readonly exploration: number;
  /** From this decision on, a model's quality is this. */
  readonly collapse?: { readonly model: number; readonly at: number; readonly factor: number };
}

/** One decision and what became of it. */
export interface Step {
  readonly ask: EvaluatedAsk;
  readonly model: number;
  readonly costUsd: number;
  readonly quality: number;
}

export interface Run {
  readonly steps: readonly Step[];
  readonly router: ModelRouter;
  /** The asks that were not decided on. */
  readonly heldOut: readonly EvaluatedAsk[];
}

/** Time stands still: nothing of a decision depends on it but dated prices. */
const clock: Clock = {
  now: () => Date.UTC(2026, 9, 15),
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
  startTimer: () => () => undefined,
};

const messagesOf = (ask: EvaluatedAsk): ChatMessage[] => [{ role: 'user', content: ask.prompt }];

/** The models of a set: what the catalogue knows of them, at a price per token that makes their mean cost. */
export function capabilitiesOf(set: AskSet): readonly ModelCapability[] {
  const known = new ModelCatalog();
  // Expected output is about 400 tokens for what these sets ask.
  const tokens = mean(set.asks.map((ask) => estimateRequestTokens(messagesOf(ask), {}) + 400));
  return set.models.map((name, model) => {
    const quality = known.get(name)?.quality;
    const usd = (1e6 * mean(set.asks.map((ask) => ask.costUsd[model] ?? 0))) / tokens;
    return { name, prices: { input: usd, output: usd }, ...(quality === undefined ? {} : { quality }) };
  });
}

export function run(set: AskSet, candidates: readonly ModelCapability[], options: RunOptions): Run {
  const random = seededRandom(7919 * options.seed + 1);
  const order = shuffled(set.asks, random);
  const models = Object.fromEntries(candidates.map(({ name, ...model }) => [name, model]));
  const { exploration } = options;
  const router = new ModelRouter({ models, clock, exploration, random, historyLimit: 0 });
  const steps: Step[] = [];
  for (let index = 0; index < options.decisions; index++) {
    const ask = order[index % order.length];
    if (ask === undefined) break;
    const routed = router.routeRequest(messagesOf(ask), preferencesOf(options), undefined, {
      candidates,
      ...(options.isTagged ? { tags: [ask.category] } : {}),
    });
    const step = outcomeOf(set, ask, routed, index, options);
    if (options.told === 'chosen') tell(router, routed, routed.routingDecision.selectedModel, step.quality);
    if (options.told === 'all') {
      for (const [model, name] of set.models.entries()) {
        const quality = (ask.quality[model] ?? 0) * factorOf(model, index, options);
        tell(router, routed, name, quality);
      }
    }
    steps.push(step);
  }
  return { steps, router, heldOut: order.slice(options.decisions) };
}

/** What the router predicts the first model to be better than the second by. */
export function predictedGain(
  router: ModelRouter,
  candidates: readonly ModelCapability[],
  { ask, isTagged }: { readonly ask: EvaluatedAsk; readonly isTagged: boolean },
  [strong, weak]: readonly [string, string],
): number {
  const { alternatives } = router.previewRequest(messagesOf(ask), undefined, undefined, {
    candidates,
    ...(isTagged ? { tags: [ask.category] } : {}),
  });
  const good = (name: string): number => alternatives.find(({ model }) => model === name)?.pGood ?? 0;
  return good(strong) - good(weak);
}

function preferencesOf({ costWeight }: RunOptions): { readonly cost: number; readonly quality: number } {
  return { cost: costWeight, quality: 1 - costWeight };
}

function outcomeOf(
  set: AskSet,
  ask: EvaluatedAsk,
  { routingDecision }: RoutingResult,
  index: number,
  options: RunOptions,
): Step {
  const model = set.models.indexOf(routingDecision.selectedModel);
  const quality = (ask.quality[model] ?? 0) * factorOf(model, index, options);
  return { ask, model, quality, costUsd: ask.costUsd[model] ?? 0 };
}

function factorOf(model: number, index: number, { collapse }: RunOptions): number {
  return collapse !== undefined && index >= collapse.at && model === collapse.model ? collapse.factor : 1;
}

function tell(
  router: ModelRouter,
  { routingDecision, basis }: RoutingResult,
  model: string,
  quality: number,
): void {
  router.recordEvidence({
    model,
    segments: basis?.segments ?? [],
    difficulty: routingDecision.difficulty,
    difficultyUncertainty: basis?.difficultyUncertainty ?? 0,
    quality,
    weight: 1,
    source: 'feedback',
  });
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
