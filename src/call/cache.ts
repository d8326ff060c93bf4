import {
  BudgetExceededError,
  describeThrown,
  InvalidObjectError,
  RateLimitExceededError,
} from '../errors.js';
import type { Completion, TokenUsage } from '../types.js';
import type { ProviderCompletion } from '../upstream/provider.js';
import { objectOf } from './answer-object.js';
import type { CachePolicy } from './cache-policy.js';
import type { Answer, Call } from './call.js';
import { contentOf } from './content-of.js';
import type { ResponseCache, StoredResponse } from './response-cache.js';

/** An answer as the upstream gave it, and as the caller gets it. */
export interface Served extends ProviderCompletion {
  readonly answer: Answer;
}

/** What is kept of an answer: all that cannot be read from the completion again stands beside it. */
interface StoredAnswer {
  readonly completion: Completion;
  readonly usage: TokenUsage;
  readonly model: string;
  readonly provider: string;
}

/** The ends of an answer that is whole; one that was cut or filtered is not kept. */
const WHOLE: ReadonlySet<string> = new Set<Completion['choices'][number]['finish_reason']>([
  'stop',
  'tool_calls',
  'function_call',
]);

/**
 * The stored answer to the same request, else what `ask` brings. While one call asks, others with the same
 * request wait for it; if it gives up, one of them asks in its place.
 */
export async function throughCache(call: Call, ask: () => Promise<Served>): Promise<Served> {
  const place = await cachePlace(call);
  if (place === null) return ask();
  return (await place.read()) ?? place.askOnce(ask);
}

/** Where the answer to a call is kept; `null` where the call does not use the cache. */
export async function cachePlace(call: Call): Promise<CachePlace | null> {
  const { cachePolicy: policy } = call;
  if (policy === null) return null;
  call.throwIfAborted();
  const key = await keyOf(call, policy);
  call.throwIfAborted();
  return key === null ? null : new CachePlace(call, key, policy);
}

/** The name of the call's request as it is now; `null` where it has none, which ends no call. */
async function keyOf(call: Call, { scope }: CachePolicy): Promise<string | null> {
  const { callId, parts, request, isRouted } = call;
  const { preferences = parts.options.preferences } = request.options;
  try {
    return await parts.cache.keys.keyOf(scope, request, isRouted ? preferences : null);
  } catch (error) {
    const fields = { callId, error: describeThrown(error) };
    parts.logger.warn('a request could not be named for the cache and goes on without it', fields);
    return null;
  }
}

/** The place in the cache that belongs to the request of a call. */
export class CachePlace {
  readonly #call: Call;
  readonly #cache: ResponseCache;
  readonly #key: string;
  readonly #policy: CachePolicy;

  constructor(call: Call, key: string, policy: CachePolicy) {
    this.#call = call;
    this.#cache = call.parts.cache;
    this.#key = key;
    this.#policy = policy;
  }

  /** The stored answer, a copy of its own for every reader; `null` where there is none that suits the call. */
  async read(): Promise<Served | null> {
    const stored = this.#cache.read(this.#key, this.#policy.ttlMs);
    return stored === null ? null : this.#serve(stored);
  }

  /** Keeps an answer if it is whole; `null` where it is none for others. */
  async keep(served: Served): Promise<StoredResponse | null> {
    const {
      completion,
      answer: { usage, model, provider },
    } = served;
    if (!completion.choices.every(({ finish_reason: reason }) => WHOLE.has(reason))) return null;
    // What is no object of its schema is worth asking for again.
    if (!(await this.#suits(served.answer).catch(() => false))) return null;
    // A caller may have changed its messages since: then it is the answer to another request.
    if ((await keyOf(this.#call, this.#policy)) !== this.#key) return null;
    const answer: StoredAnswer = { completion, usage, model, provider };
    let text: string;
    try {
      text = JSON.stringify(answer);
    } catch {
      // Nested too deeply: the answer is paid for, and given without being kept.
      return null;
    }
    const stored: StoredResponse = {
      text,
      model,
      costUsd: this.#call.rows.at(-1)?.costUsd ?? null,
      storedAtMs: this.#call.parts.clock.monotonic(),
      ttlMs: this.#policy.ttlMs,
    };
    this.#cache.store(this.#key, stored);
    return stored;
  }

  /** Asks, or waits for the call that does. */
  async askOnce(ask: () => Promise<Served>): Promise<Served> {
    const { flight } = this.#cache;
    // A patient call may be in line for long: only those wait for it that would be in line as long.
    const name = this.#call.isPatient ? `patient ${this.#key}` : this.#key;
    const turn = await this.#call.inLine(() => flight.join(name, this.#call.signal));
    const shared = turn.kind === 'served' ? await this.#serve(turn.value) : null;
    if (shared !== null) return shared;
    let served: Served;
    try {
      served = await ask();
    } catch (error) {
      // Others may do better where the call gave up; what the upstream refuses, it refuses to all of them.
      if (turn.kind === 'lead') {
        if (this.#hasGivenUp(error)) flight.handOver(name);
        else flight.disband(name);
      }
      throw error;
    }
    const stored = await this.keep(served);
    if (turn.kind !== 'lead') return served;
    if (stored === null) flight.disband(name);
    else flight.share(name, stored);
    return served;
  }

  /** Whether the call ended by its own abort, time, limits or money. */
  #hasGivenUp(error: unknown): boolean {
    if (this.#call.signal.aborted || error instanceof BudgetExceededError) return true;
    return error instanceof RateLimitExceededError && error.provider === undefined;
  }

  /** Whether the answer is an object of the call's schema, where it has one. */
  async #suits(answer: Answer): Promise<boolean> {
    try {
      await objectOf(this.#call.request, answer, this.#call.signal);
      return true;
    } catch (error) {
      if (error instanceof InvalidObjectError) return false;
      throw error;
    }
  }

  async #serve({ text, costUsd, model, storedAtMs }: StoredResponse): Promise<Served | null> {
    const { callId, parts } = this.#call;
    const { completion, ...rest } = JSON.parse(text) as StoredAnswer;
    const answer: Answer = { ...contentOf(completion), ...rest, parts: [], changes: [], cached: true };
    if (!(await this.#suits(answer))) return null;
    parts.events.emit('cache-hit', {
      callId,
      at: parts.clock.now(),
      model,
      savedUsd: costUsd,
      ageMs: parts.clock.monotonic() - storedAtMs,
    });
    return { completion, requestId: null, answer };
  }
}
