import { setMaxListeners } from 'node:events';
import { memoryStores, RouteLLClient } from 'routell';
import { systemClock } from '../../src/clock.js';
import type { AccountBalance } from '../../src/stores.js';
import { seededRandom } from '../../src/evaluation/random.js';
import {
  type FaultRule,
  type SimulatedModel,
  type Simulator,
  startSimulator,
} from '../../src/testing/index.js';
import { type AttemptTruth, truthOf } from './attempt-truth.js';
import { type CallBudget, drawnBudget } from './budgets-draw.js';
import { CallWatch } from './call-watch.js';
import { makeCall } from './chaos-calls.js';
import { chaosMix } from './chaos-mix.js';
import { type Finding, Findings } from './findings.js';

export interface BudgetsOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Calls of a round, all at once. @default 200 */
  readonly calls?: number;
  /** Rounds at the same time. @default 4 */
  readonly lanes?: number;
  /** Told after each few rounds. */
  readonly onRounds?: (made: number) => void;
}

export interface BudgetsReport {
  readonly rounds: number;
  readonly seconds: number;
  /** Calls by their end: `success`, or the code of the error. */
  readonly endings: Readonly<Record<string, number>>;
  readonly attempts: number;
  /** Rounds in which the upstream's own book is above the limit, and by how much the worst is. */
  readonly overspent: number;
  readonly worstUseByUpstream: number;
  /** Of the limits of the rounds with tight caps, together: what our ledger booked, and what the upstream did. */
  readonly tightRounds: number;
  readonly tightUse: number;
  readonly worstTightUse: number;
  readonly tightUseByUpstream: number;
  readonly findings: readonly Finding[];
}

/** USD per 1M tokens: what is said costs, what is asked hardly. */
const PRICES = {
  dear: { input: 0.2, output: 20 },
  middle: { input: 0.1, output: 5 },
  cheap: { input: 0.1, output: 1 },
} as const;

/** Share of the budgets that is booked in the rounds with tight caps, at least. */
export const LEAST_TIGHT_USE = 0.9;

/** So that every token is whole compute points: no part of one is ever charged. */
const CREDITS_PER_USD = 100_000;
const MAX_OUTPUT = 2000;
const ROUNDING = 1e-9;

/** Faults after which a request may have been billed, and those after which it was not; none that takes long. */
const faults: readonly Omit<FaultRule, 'rate'>[] = [
  { fault: 'status', status: 503 },
  { fault: 'status', status: 500 },
  { fault: 'status', status: 429, retryAfter: '0' },
  { fault: 'status', status: 400 },
  { fault: 'cut-stream', tokens: 0 },
  { fault: 'cut-stream', tokens: 3 },
  { fault: 'end-early', tokens: 4 },
  { fault: 'slow', delayMs: 10, tokenDelayMs: 1 },
];

/** Rounds of calls that are all made at once, each round with a hard budget that is too small for them. */
export async function runBudgets(options: BudgetsOptions): Promise<BudgetsReport> {
  const startedMs = performance.now();
  const { rounds, seed, lanes = 4, calls = 200 } = options;
  const findings = new Findings();
  const simulator = await startSimulator({
    models: pricedModels(),
    only: true,
    latency: 0,
    seed,
    captureContent: true,
    creditsGranted: 1e12,
    creditsPerUsd: CREDITS_PER_USD,
  });
  const sums = new Sums();
  try {
    for (let made = 0; made < rounds; made += lanes) {
      simulator.setFaults(chaosMix(0.15, faults));
      const count = Math.min(lanes, rounds - made);
      const plays = await Promise.all(
        Array.from({ length: count }, (_, lane) =>
          playRound(simulator, {
            seed: seed * 1_000_003 + made + lane,
            name: `round-${lane}`,
            calls,
            findings,
          }),
        ),
      );
      await simulator.settled();
      const truths = simulator.ledger.entries.map(truthOf);
      for (const { attemptId: user, credits } of truths) {
        findings.check(
          'what was not read is not charged',
          user !== null || credits === 0,
          () => `${credits}`,
        );
      }
      for (const round of plays) sums.add(round, checkRound(round, truths, findings));
      simulator.ledger.reset();
      options.onRounds?.(made + count);
    }
  } finally {
    await simulator.close();
  }
  return {
    ...sums.report(),
    rounds,
    seconds: (performance.now() - startedMs) / 1000,
    findings: findings.all,
  };
}

function pricedModels(): Readonly<Record<string, SimulatedModel>> {
  return Object.fromEntries(
    Object.entries(PRICES).map(([name, prices]) => [name, { prices, maxOutput: MAX_OUTPUT }]),
  );
}

/** What came of a round, as this side of the wire has it. */
interface Round {
  /** What the `user` of its requests begins with. */
  readonly name: string;
  readonly drawn: CallBudget;
  readonly attempts: number;
  readonly endings: ReadonlyMap<string, number>;
  /** Of the hard budget, in its unit. */
  readonly spent: number;
  readonly reserved: number;
}

interface RoundOptions {
  readonly seed: number;
  readonly name: string;
  readonly calls: number;
  readonly findings: Findings;
}

async function playRound(
  simulator: Simulator,
  { seed, name, calls, findings }: RoundOptions,
): Promise<Round> {
  const random = seededRandom(seed);
  const drawn = drawnBudget(random, {
    name,
    calls,
    dearest: PRICES.dear.output,
    creditsPerUsd: CREDITS_PER_USD,
  });
  const stores = memoryStores();
  const accounts = new Set<string>();
  const client = new RouteLLClient({
    apiKey: simulator.apiKey,
    baseURL: simulator.baseURL,
    random,
    // It is that instant all along, so that no round is two periods.
    clock: { ...machineClock, now: () => drawn.at },
    models: pricedModels(),
    rateLimits: { requestsPerMinute: null, requestsPerHour: null, burst: null },
    retries: { maxRetries: 1, retryDelayMs: 1 },
    timeouts: { totalMs: 30_000 },
    budgets: drawn.budgets,
    credits: { creditsPerUsd: CREDITS_PER_USD },
    monitoring: { logLevel: 'silent', enabled: false },
    stores: {
      ...stores,
      budgets: {
        reserve: (id, entries) => {
          accounts.add(entries[0]?.account ?? '');
          return stores.budgets.reserve(id, entries);
        },
        settle: (id, spent) => stores.budgets.settle(id, spent),
        release: (id) => stores.budgets.release(id),
        balance: (account) => stores.budgets.balance(account),
      },
    },
  });
  const watch = new CallWatch(client.events, findings);
  const { signal: sharedSignal } = new AbortController();
  setMaxListeners(0, sharedSignal);
  const caller = { client, sharedSignal, findings };
  await Promise.all(drawn.calls.map(({ content, plan }) => makeCall(caller, content, plan)));
  watch.checkEnded(calls);
  const balances: AccountBalance[] = [];
  for (const account of accounts) balances.push(await stores.budgets.balance(account));
  await client.close({ graceMs: 0 });
  return {
    name,
    drawn,
    attempts: watch.attempts,
    endings: watch.endings,
    spent: Math.max(0, ...balances.map(({ spent }) => spent)),
    reserved: Math.max(0, ...balances.map(({ reserved }) => reserved)),
  };
}

const machineClock = {
  monotonic: () => systemClock.monotonic(),
  sleep: (milliseconds: number, signal?: AbortSignal) => systemClock.sleep(milliseconds, signal),
  startTimer: (milliseconds: number, onEnd: () => void) => systemClock.startTimer(milliseconds, onEnd),
};

/** What the upstream says was spent of the budget; of one per call, by the call that spent most. */
function checkRound(round: Round, truths: readonly AttemptTruth[], findings: Findings): number {
  const { name, drawn, spent, reserved } = round;
  const byPeriod = new Map<string, number>();
  for (const { attemptId: user, costUsd, credits } of truths) {
    if (user?.startsWith(`${name}/`) !== true) continue;
    const period = drawn.isPerCall ? user : '';
    byPeriod.set(period, (byPeriod.get(period) ?? 0) + (drawn.unit === 'usd' ? costUsd : credits));
  }
  const used = Math.max(0, ...byPeriod.values());
  const told = (): string => JSON.stringify({ budgets: drawn.budgets, used, spent, reserved });
  findings.check('overspend 0, by the upstream’s book', used <= drawn.limit + ROUNDING, told);
  findings.check('overspend 0, by our book', spent <= drawn.limit + ROUNDING, told);
  findings.check('our book is not below the upstream’s', spent >= used - ROUNDING, told);
  findings.check('nothing stays reserved', reserved < ROUNDING, told);
  return used;
}

class Sums {
  readonly #endings = new Map<string, number>();
  #attempts = 0;
  #overspent = 0;
  #worstUse = 0;
  #tightRounds = 0;
  #tightUse = 0;
  #worstTightUse = 1;
  #tightUseByUpstream = 0;

  add({ drawn, attempts, endings, spent }: Round, used: number): void {
    this.#attempts += attempts;
    for (const [ending, count] of endings)
      this.#endings.set(ending, (this.#endings.get(ending) ?? 0) + count);
    this.#worstUse = Math.max(this.#worstUse, used / drawn.limit);
    if (used > drawn.limit + ROUNDING) this.#overspent += 1;
    if (!drawn.isTight) return;
    this.#tightRounds += 1;
    this.#tightUse += spent / drawn.limit;
    this.#worstTightUse = Math.min(this.#worstTightUse, spent / drawn.limit);
    this.#tightUseByUpstream += used / drawn.limit;
  }

  report(): Omit<BudgetsReport, 'rounds' | 'seconds' | 'findings'> {
    const mean = (sum: number): number => (this.#tightRounds === 0 ? 0 : sum / this.#tightRounds);
    return {
      endings: Object.fromEntries(this.#endings),
      attempts: this.#attempts,
      overspent: this.#overspent,
      worstUseByUpstream: this.#worstUse,
      tightRounds: this.#tightRounds,
      tightUse: mean(this.#tightUse),
      worstTightUse: this.#worstTightUse,
      tightUseByUpstream: mean(this.#tightUseByUpstream),
    };
  }
}
