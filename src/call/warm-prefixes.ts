import { estimateRequestTokens } from '../catalog/token-estimate.js';
import type { Clock } from '../clock.js';
import type { ModelPrices, TokenUsage } from '../types.js';
import { prefixNames } from './prompt-hash.js';
import type { CallRequest } from './request.js';

/** A prompt, and whose it is. */
export interface SentPrompt {
  readonly request: CallRequest;
  readonly session: string;
  /** Estimated tokens of the whole prompt. */
  readonly inputTokens: number;
}

/** An answer, as far as it tells what the model's prompt cache held. */
export interface ServedPrompt {
  readonly model: string;
  readonly prices: ModelPrices | null;
  /** Epoch milliseconds at which the prompt was sent. */
  readonly sentAt: number;
  readonly usage: TokenUsage;
}

interface WarmPrefix {
  readonly tokens: number;
  /** Epoch milliseconds. */
  readonly untilMs: number;
}

/** OpenAI and Gemini keep a prefix for five to ten minutes after its last use, Anthropic for five. */
const KEPT_MS = 300_000;
/** The shortest prompt that OpenAI and most others cache, in tokens. */
const SHORTEST_TOKENS = 1024;
/** Prefixes kept, the latest used: some 400 bytes each. */
const MOST_PREFIXES = 2048;
/** Models whose honesty is kept. */
const MOST_MODELS = 1024;
/** A model believed less than this gets no credit any more. */
const LEAST_BELIEF = 0.1;

/**
 * Which beginnings of prompts each model's cache most probably still holds, by hashes: what a session sent lately,
 * and how far each model kept what was expected of it. It advises the router; nothing depends on it being right.
 */
export class WarmPrefixes {
  readonly #clock: Pick<Clock, 'now'>;
  /** By name of prefix, the last used last; then by model. */
  readonly #prefixes = new Map<number, ReadonlyMap<string, WarmPrefix>>();
  /** Share of what was expected that a model reported, the last answer counting half. Unknown is 1. */
  readonly #beliefs = new Map<string, number>();
  readonly #names = new WeakMap<CallRequest, Float64Array>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** By model, tokens of the prompt that its cache is expected to hold; models without any are not named. */
  expected(prompt: SentPrompt): ReadonlyMap<string, number> {
    const credits = new Map<string, number>();
    if (this.#prefixes.size === 0 || prompt.inputTokens < SHORTEST_TOKENS) return credits;
    for (const [model, tokens] of this.#held(prompt, this.#clock.now())) {
      const belief = this.#beliefs.get(model) ?? 1;
      if (belief >= LEAST_BELIEF) credits.set(model, Math.round(tokens * belief));
    }
    return credits;
  }

  /** A model has read the prompt: its cache holds it from now on, if it has one that bills less. */
  learn(prompt: SentPrompt, { model, prices, sentAt, usage }: ServedPrompt): void {
    if (prices?.cached === undefined || prices.cached >= prices.input) return;
    if (prompt.inputTokens < SHORTEST_TOKENS) return;
    const expected = this.#held(prompt, sentAt).get(model) ?? 0;
    if (expected > 0 && !usage.estimated && usage.inputTokens > 0) {
      const expectedShare = expected / prompt.inputTokens;
      const share = Math.min(1, usage.cachedInputTokens / usage.inputTokens / expectedShare);
      this.#beliefs.set(model, ((this.#beliefs.get(model) ?? 1) + share) / 2);
      dropOldest(this.#beliefs, MOST_MODELS);
    }
    const names = this.#namesOf(prompt);
    const untilMs = this.#clock.now() + KEPT_MS;
    const instructions = leadingInstructions(prompt.request);
    if (instructions !== null)
      this.#keep(names[instructions.messages - 1], model, { ...instructions, untilMs });
    this.#keep(names.at(-1), model, { tokens: prompt.inputTokens, untilMs });
  }

  /** The longest prefix of the prompt that each model holds at an instant, in tokens. */
  #held(prompt: SentPrompt, atMs: number): ReadonlyMap<string, number> {
    const names = this.#namesOf(prompt);
    const held = new Map<string, number>();
    for (let index = names.length - 1; index >= 0; index--) {
      for (const [model, { tokens, untilMs }] of this.#prefixes.get(names[index] ?? 0) ?? []) {
        if (untilMs > atMs && !held.has(model)) held.set(model, Math.min(tokens, prompt.inputTokens));
      }
    }
    return held;
  }

  #keep(name: number | undefined, model: string, prefix: WarmPrefix): void {
    if (name === undefined || prefix.tokens < SHORTEST_TOKENS) return;
    const byModel = new Map(this.#prefixes.get(name));
    this.#prefixes.delete(name);
    this.#prefixes.set(name, byModel.set(model, { tokens: prefix.tokens, untilMs: prefix.untilMs }));
    dropOldest(this.#prefixes, MOST_PREFIXES);
  }

  #namesOf({ request, session }: SentPrompt): Float64Array {
    let names = this.#names.get(request);
    if (names === undefined) this.#names.set(request, (names = prefixNames(session, request)));
    return names;
  }
}

/** What other conversations of the session begin with, too: tools and system prompt. */
function leadingInstructions({
  messages,
  parameters,
}: CallRequest): { readonly messages: number; readonly tokens: number } | null {
  const end = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  if (end <= 0) return null;
  return { messages: end, tokens: estimateRequestTokens(messages.slice(0, end), parameters) };
}

function dropOldest(map: Map<unknown, unknown>, limit: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= limit) return;
    map.delete(oldest);
  }
}
