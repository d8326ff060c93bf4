import { usualError } from './api-error.js';
import type { Exchange } from './exchange.js';
import type { Frame } from './frames.js';
import { hashOf, seededRandom } from './random.js';

/** What a fault does. Add one by adding an entry to the table below. */
interface FaultImplementation {
  /** Takes the place of the answer: no model runs and nothing is charged. */
  readonly instead?: (exchange: Exchange, rule: FaultRule) => void | Promise<void>;
  /** Changes what is sent, when, and how it ends. May change `exchange.head` before the first frame. */
  readonly frames?: (
    frames: AsyncIterable<Frame>,
    exchange: Exchange,
    rule: FaultRule,
  ) => AsyncIterable<Frame>;
}

const faultTable = {
  /** An error status with its plausible body. */
  status: {
    instead: (exchange, rule) => {
      const retryAfter: Record<string, string> =
        rule.retryAfter === undefined ? {} : { 'retry-after': rule.retryAfter };
      exchange.refuse(usualError(rule.status ?? 500, rule.code), { ...rule.headers, ...retryAfter });
    },
  },
  /** Accepts the request and never answers. */
  hang: { instead: (exchange) => exchange.waitUntilGone() },
  /** Waits before the headers, and before each token. */
  slow: {
    frames: async function* (frames, exchange, rule) {
      await exchange.wait(rule.delayMs ?? 1000);
      for await (const frame of frames) {
        await exchange.wait((rule.tokenDelayMs ?? 0) * frame.tokens);
        yield frame;
      }
    },
  },
  /** Closes the connection after some tokens; a body that does not stream is cut in half. */
  'cut-stream': {
    frames: async function* (frames, exchange, rule) {
      yield* beginningOf(frames, rule.tokens ?? 5);
      await exchange.breakOff();
    },
  },
  /** Ends properly after some tokens, as if that were all: no finish reason, no `[DONE]`. */
  'end-early': { frames: (frames, _exchange, rule) => beginningOf(frames, rule.tokens ?? 5) },
  /** Falls silent after some tokens and leaves the connection open. */
  stall: {
    frames: async function* (frames, exchange, rule) {
      yield* beginningOf(frames, rule.tokens ?? 5);
      exchange.sendHead();
      await exchange.waitUntilGone();
    },
  },
} satisfies Record<string, FaultImplementation>;

/** The faults a simulator knows. */
export type FaultName = keyof typeof faultTable;

/** Their names, for lists and messages. */
export const faultNames = Object.keys(faultTable) as readonly FaultName[];

/** What can be asked of a simulator. */
export type Endpoint = 'chat' | 'models' | 'account';

/** When a fault strikes, and how. Of several rules that would strike, the first does. */
export interface FaultRule {
  readonly fault: FaultName;
  /** Share of the requests it strikes, 0..1, drawn from the seed and the request. @default 1 */
  readonly rate?: number;
  /** Only requests for this model, as the request names it. @default every model */
  readonly model?: string;
  /** @default 'chat' */
  readonly on?: Endpoint;
  /** Leaves the first so many requests alone. @default 0 */
  readonly after?: number;
  /** Strikes so many times at most. @default Infinity */
  readonly times?: number;
  /** `status`: the HTTP status. @default 500 */
  readonly status?: number;
  /** `status`: the code in the error body, as `insufficient_quota`. */
  readonly code?: string;
  /** `status`: the `retry-after` header, word for word. */
  readonly retryAfter?: string;
  /** `status`: further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `cut-stream`, `end-early`, `stall`: tokens that still arrive. @default 5 */
  readonly tokens?: number;
  /** `slow`: milliseconds before the headers, whatever the latency scale. @default 1000 */
  readonly delayMs?: number;
  /** `slow`: milliseconds before each token. @default 0 */
  readonly tokenDelayMs?: number;
}

/** What the fault of a rule does. */
export function implementationOf(rule: FaultRule): FaultImplementation {
  return faultTable[rule.fault];
}

async function* beginningOf(frames: AsyncIterable<Frame>, tokens: number): AsyncGenerator<Frame, void> {
  let left = tokens;
  for await (const frame of frames) {
    if (frame.stage === 'body') {
      yield { ...frame, text: frame.text.slice(0, frame.text.length / 2), stage: 'delta' };
      return;
    }
    if (frame.stage !== 'role' && frame.stage !== 'delta') return;
    if (frame.tokens > left) return;
    left -= frame.tokens;
    yield frame;
  }
}

/** How many different requests are told apart before the oldest is forgotten. */
const MOST_REQUESTS = 100_000;

interface RuleState {
  readonly rule: FaultRule;
  matched: number;
  struck: number;
}

/** Decides which requests a fault strikes: the same seed and requests give the same faults. */
export class FaultPlan {
  readonly #seed: number;
  #states: readonly RuleState[] = [];
  /** How often each request was seen, by its hash: a retry is drawn anew. */
  readonly #seen = new Map<number, number>();

  constructor(seed: number, rules: readonly FaultRule[]) {
    this.#seed = seed;
    this.set(rules);
  }

  /** @throws TypeError naming the rule and the field that make no sense */
  set(rules: readonly FaultRule[]): void {
    rules.forEach(checkRule);
    this.#states = rules.map((rule) => ({ rule, matched: 0, struck: 0 }));
    this.#seen.clear();
  }

  choose(endpoint: Endpoint, model: string | null, body: string): FaultRule | null {
    if (this.#states.length === 0) return null;
    const hash = hashOf(body, hashOf(endpoint, this.#seed));
    const occurrence = this.#count(hash);
    let chosen: RuleState | undefined;
    for (const [index, state] of this.#states.entries()) {
      if ((state.rule.on ?? 'chat') !== endpoint || (state.rule.model ?? model) !== model) continue;
      state.matched++;
      const luck = seededRandom(hashOf(`${index}:${occurrence}`, hash))();
      if (chosen === undefined && strikes(state, luck)) chosen = state;
    }
    if (chosen === undefined) return null;
    chosen.struck++;
    return chosen.rule;
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

const RANGES: readonly (readonly [keyof FaultRule, least: number, most: number])[] = [
  ['rate', 0, 1],
  ['after', 0, Infinity],
  ['times', 0, Infinity],
  ['status', 200, 599],
  ['tokens', 0, Infinity],
  ['delayMs', 0, Infinity],
  ['tokenDelayMs', 0, Infinity],
];

function checkRule(rule: FaultRule, index: number): void {
  if (!Object.hasOwn(faultTable, rule.fault)) {
    throw new TypeError(
      `faults[${index}].fault: expected one of ${faultNames.join(', ')}, got ${rule.fault as string}.`,
    );
  }
  for (const [field, least, most] of RANGES) {
    const value = rule[field];
    if (value !== undefined && !(typeof value === 'number' && value >= least && value <= most)) {
      throw new TypeError(
        `faults[${index}].${field}: expected a number from ${least} to ${most}, got ${JSON.stringify(value)}.`,
      );
    }
  }
}
