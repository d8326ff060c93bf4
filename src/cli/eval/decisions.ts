import { type ModelCapability, ModelRouter, type Preferences, type RoutingResult } from '../../index.js';
import { capabilitiesOf, type Pair } from './stand-ins.js';

/** What the router made of a prompt. */
export interface Decided {
  /** P(good) of the strong model less that of the weak: the higher, the more the strong one is worth. */
  readonly score: number;
  readonly taskType: string;
  /** Of the task, 0..1. */
  readonly confidence: number;
  /** 0..1. */
  readonly difficulty: number;
  /** Microseconds of the whole decision. */
  readonly decisionUs: number;
}

/** Ticks of a clock that never goes back, in microseconds. */
export type Microseconds = () => number;

/** The default router, between two models. */
export class PairDecisions {
  /** Names known by nothing but their side of the pair. */
  readonly standIns: readonly string[];
  readonly #pair: Pair;
  readonly #router: ModelRouter;
  readonly #candidates: readonly ModelCapability[];
  readonly #microseconds: Microseconds;

  constructor(pair: Pair, microseconds: Microseconds) {
    const { candidates, standIns } = capabilitiesOf(pair);
    this.standIns = standIns;
    this.#pair = pair;
    this.#router = new ModelRouter();
    this.#candidates = candidates;
    this.#microseconds = microseconds;
  }

  decide(prompt: string): Decided {
    const startedUs = this.#microseconds();
    const result = preview(this.#router, prompt, this.#candidates);
    const decisionUs = this.#microseconds() - startedUs;
    const { taskType, confidence, difficulty } = result.routingDecision;
    const score = pGoodOf(result, this.#pair.strong) - pGoodOf(result, this.#pair.weak);
    return { score, taskType, confidence, difficulty, decisionUs };
  }
}

/** The decision for a bare prompt between the given models. */
export function preview(
  router: ModelRouter,
  prompt: string,
  candidates: readonly ModelCapability[],
  preferences: Preferences = { quality: 1 },
): RoutingResult {
  return router.previewRequest([{ role: 'user', content: prompt }], preferences, {}, { candidates });
}

function pGoodOf({ alternatives }: RoutingResult, name: string): number {
  return alternatives.find(({ model }) => model === name)?.pGood ?? 0;
}

const WARM_UP_DECISIONS = 1000;

/** Decides until the engine has compiled what decides. */
export function warmUp(decisions: PairDecisions, prompts: readonly string[]): void {
  if (prompts.length === 0) return;
  for (let decided = 0; decided < WARM_UP_DECISIONS; decided++) {
    decisions.decide(prompts[decided % prompts.length] ?? '');
  }
}
