import { dearestCostUsd, pricesOf, costUsd } from '../../src/catalog/cost.js';
import { estimatedTokenUsage } from '../../src/catalog/usage.js';
import type { Clock, Random } from '../../src/clock.js';
import { DemandPattern } from '../../src/credits/demand-pattern.js';
import { Ledger } from '../../src/credits/ledger.js';
import { Pacer } from '../../src/credits/pacer.js';
import type { ReservationLease } from '../../src/credits/reservation.js';
import { BudgetExceededError } from '../../src/errors.js';
import { seededRandom } from '../../src/evaluation/random.js';
import { ModelRouter } from '../../src/router/model-router.js';
import type { RoutingResult } from '../../src/router/router.js';
import { QUIET } from '../../src/router/signals.js';
import { burstyDemand } from './demand.js';

export interface SimulatedMonth {
  readonly calls: number;
  /** Calls that no model of the plan could take within the budget: the hard stop. */
  readonly refused: number;
  readonly spentShare: number;
  /** Sum of P(good) of the models that were asked; a refused call has none. */
  readonly good: number;
  readonly meanFactor: number;
  readonly highestFactor: number;
}

export interface SimulatedMonths {
  readonly months: number;
  readonly isPaced: boolean;
  readonly seed: number;
  /** @default 500; bursts about double them */
  readonly callsPerMonth?: number;
}

/** What is asked: of many kinds, easy and hard. */
const ASKS = [
  'Is this spam? Answer yes or no: You won a boat!',
  'Translate to German: the meeting is moved to Thursday.',
  'Write a TypeScript function that merges two sorted lists without recursion, and its tests.',
  'Prove that there are infinitely many primes of the form 4k + 3.',
  'Why does this deadlock? Two threads take locks a and b in opposite order while a third holds both.',
  'Summarise in one sentence: sales rose in the north and fell in the south, and nobody knows why.',
  'Design a schema and an algorithm for a distributed rate limiter that tolerates partitions; analyse its failure modes.',
  'What is the capital of Portugal?',
  'Write an essay on the tides of the North Sea.',
  'Compare three strategies for pricing a new product under uncertainty, with their risks.',
];
const LINE_UP = [
  'gpt-6-luna',
  'gemini-3.8-flash',
  'claude-haiku-4-5',
  'gpt-6-sol',
  'claude-opus-5-5',
  'gpt-5.5',
];
const PREFERENCES = { cost: 0.2, quality: 0.7, speed: 0.1 };
const INPUT_TOKENS = 1500;
/** A cap that is hardly ever reached, as the optimizer sets it. */
const CAP_TOKENS = 4000;
/** What is asked costs, unpaced, from 1.2 to 2.5 times the budget. */
const LEAST_DEMAND = 1.2;
const MOST_DEMAND = 2.5;

/** One month after another, as one program would see them: its pattern of demand is learned on the way. */
export function simulateMonths({
  months,
  isPaced,
  seed,
  callsPerMonth = 500,
}: SimulatedMonths): readonly SimulatedMonth[] {
  const demand = new DemandPattern();
  return Array.from({ length: months }, (_, month) => {
    const random = seededRandom(1000 * seed + month);
    const from = Date.UTC(2026, month, 1);
    const calls = burstyDemand(from, Date.UTC(2026, month + 1, 1), callsPerMonth, random).map((at) => ({
      at,
      ask: ASKS[Math.floor(random() * ASKS.length)]!,
      outputTokens: Math.min(CAP_TOKENS, Math.round(400 * Math.exp(0.7 * normal(random)))),
    }));
    const unpaced = new Month(calls, { limitUsd: 1e6, isPaced: false, demand: new DemandPattern() }).run();
    const asked = LEAST_DEMAND + random() * (MOST_DEMAND - LEAST_DEMAND);
    return new Month(calls, { limitUsd: (unpaced.spentShare * 1e6) / asked, isPaced, demand }).run();
  });
}

interface SimulatedCall {
  readonly at: number;
  readonly ask: string;
  readonly outputTokens: number;
}

class Month {
  readonly #calls: readonly SimulatedCall[];
  readonly #limitUsd: number;
  readonly #demand: DemandPattern;
  readonly #ledger: Ledger;
  readonly #pacer: Pacer;
  readonly #router: ModelRouter;
  #now = 0;
  #spentUsd = 0;

  constructor(
    calls: readonly SimulatedCall[],
    {
      limitUsd,
      isPaced,
      demand,
    }: { readonly limitUsd: number; readonly isPaced: boolean; readonly demand: DemandPattern },
  ) {
    const clock: Clock = {
      now: () => this.#now,
      monotonic: () => this.#now,
      sleep: () => Promise.resolve(),
      startTimer: () => () => undefined,
    };
    const budgets = [{ limitUsd, per: 'month' as const }];
    this.#calls = calls;
    this.#limitUsd = limitUsd;
    this.#demand = demand;
    this.#ledger = new Ledger({ budgets, clock });
    this.#pacer = new Pacer({
      budgets: isPaced ? budgets : [],
      states: () => this.#ledger.budgetStates(),
      demand,
      clock,
    });
    this.#router = new ModelRouter({ clock, learning: false });
  }

  run(): SimulatedMonth {
    let [refused, good, factors, highestFactor] = [0, 0, 0, 1];
    for (const call of this.#calls) {
      this.#now = call.at;
      const factor = this.#pacer.multiplier([]);
      factors += factor;
      highestFactor = Math.max(highestFactor, factor);
      const pGood = this.#make(call, this.#route(call, factor));
      if (pGood === null) refused++;
      good += pGood ?? 0;
      this.#demand.recordEvidence(call);
    }
    return {
      calls: this.#calls.length,
      refused,
      spentShare: this.#spentUsd / this.#limitUsd,
      good,
      meanFactor: factors / this.#calls.length,
      highestFactor,
    };
  }

  #route({ ask }: SimulatedCall, costMultiplier: number): RoutingResult {
    const candidates = LINE_UP.flatMap((name) => this.#router.models.get(name) ?? []);
    const signals = new Map(candidates.map(({ name }) => [name, { ...QUIET, costMultiplier }]));
    const messages = [{ role: 'user' as const, content: ask }];
    const context = {
      candidates,
      signals,
      inputTokens: INPUT_TOKENS,
      parameters: { max_tokens: CAP_TOKENS },
    };
    return this.#router.previewRequest(messages, PREFERENCES, {}, context);
  }

  /** P(good) of the first model of the plan that the budget has room for; `null` where it has for none. */
  #make(call: SimulatedCall, { routingDecision, alternatives }: RoutingResult): number | null {
    for (const model of [routingDecision.selectedModel, ...routingDecision.fallbacks]) {
      const lease = this.#reserve(call, model);
      if (lease === null) continue;
      const usage = estimatedTokenUsage(INPUT_TOKENS, call.outputTokens);
      const cost = costUsd(pricesOf(this.#router.models.get(model)!), usage, call.at);
      this.#spentUsd += cost ?? 0;
      void lease.settle({ costUsd: cost, charged: null });
      return alternatives.find((ranked) => ranked.model === model)?.pGood ?? 0;
    }
    return null;
  }

  #reserve({ at }: SimulatedCall, model: string): ReservationLease | null {
    const prices = pricesOf(this.#router.models.get(model)!)!;
    const boundUsd = dearestCostUsd(prices, { inputTokens: 2 * INPUT_TOKENS, outputTokens: CAP_TOKENS, at });
    try {
      const request = { callId: 'c', attemptId: 'a', model, provider: 'p', session: 's', tags: [], boundUsd };
      return this.#ledger.reserve(request) as ReservationLease;
    } catch (error) {
      if (error instanceof BudgetExceededError) return null;
      throw error;
    }
  }
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
