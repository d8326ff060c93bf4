import { hashOf, seededRandom } from '../random.js';
import type { SimulatorClock } from '../time.js';
import { checkRule } from './check.js';
import type { Endpoint } from './fields.js';
import { implementationOf, type FaultRule } from './table.js';

/** How many different requests are told apart before the oldest is forgotten. */
const MOST_REQUESTS = 100_000;

/** A request as far as a rule can tell it from others. */
interface DrawnRequest {
  readonly endpoint: Endpoint;
  readonly model: string | null;
  readonly body: string;
  /** Whether its connection has carried a request before. */
  readonly reused: boolean;
}

interface RuleState {
  readonly rule: FaultRule;
  matched: number;
  struck: number;
}

/** Decides which requests a fault strikes: the same seed and requests give the same faults. */
export class FaultPlan {
  readonly #seed: number;
  readonly #clock: SimulatorClock;
  #states: readonly RuleState[] = [];
  #sinceMs = 0;
  /** How often each request was seen, by its hash: a retry is drawn anew. */
  readonly #seen = new Map<number, number>();

  constructor(seed: number, rules: readonly FaultRule[], clock: SimulatorClock) {
    this.#seed = seed;
    this.#clock = clock;
    this.set(rules);
  }

  /** The rule that says when the port is closed. */
  get outage(): FaultRule | null {
    return this.#states.find(({ rule }) => implementationOf(rule).closesPort)?.rule ?? null;
  }

  /** @throws TypeError naming the rule and the field that make no sense */
  set(rules: readonly FaultRule[]): void {
    rules.forEach(checkRule);
    this.#states = rules.map((rule) => ({ rule, matched: 0, struck: 0 }));
    this.#seen.clear();
    this.#sinceMs = this.#clock.monotonic();
  }

  choose(request: DrawnRequest): FaultRule | null {
    if (this.#states.length === 0) return null;
    const hash = hashOf(request.body, hashOf(request.endpoint, this.#seed));
    const occurrence = this.#count(hash);
    let chosen: RuleState | undefined;
    for (const [index, state] of this.#states.entries()) {
      if (!this.#matches(state.rule, request)) continue;
      state.matched++;
      const luck = seededRandom(hashOf(`${index}:${occurrence}`, hash))();
      if (chosen === undefined && strikes(state, luck)) chosen = state;
    }
    if (chosen === undefined) return null;
    chosen.struck++;
    return chosen.rule;
  }

  #matches(rule: FaultRule, { endpoint, model, reused }: DrawnRequest): boolean {
    if ((rule.on ?? 'chat') !== endpoint || (rule.model ?? model) !== model) return false;
    const { applies, closesPort = false } = implementationOf(rule);
    const elapsedMs = this.#clock.monotonic() - this.#sinceMs;
    return !closesPort && applies?.(rule, { reused, elapsedMs }) !== false;
  }

  #count(hash: number): number {
    const occurrence = (this.#seen.get(hash) ?? 0) + 1;
    this.#seen.set(hash, occurrence);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MOST_REQUESTS && oldest !== undefined) this.#seen.delete(oldest);
    return occurrence;
  }
}

function strikes({ rule, matched, struck }: RuleState, luck: number): boolean {
  return matched > (rule.after ?? 0) && struck < (rule.times ?? Infinity) && luck < (rule.rate ?? 1);
}
