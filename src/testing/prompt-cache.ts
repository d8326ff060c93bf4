import { hashOf } from './random.js';
import { splitTokens } from './tokens.js';

const SMALLEST = 1024;
const STEP = 128;
const KEPT_MS = 10 * 60_000;
const MOST_PREFIXES = 50_000;

/** Which beginnings of prompts each model has read lately: from 1,024 tokens on, in steps of 128. */
export class PromptCache {
  /** Prefix → when it was last read. */
  readonly #prefixes = new Map<string, number>();

  /** How many tokens of the prompt the model knows already; `learn` once it has read them all. */
  read(model: string, prompt: string, now: number): { readonly cached: number; learn(now: number): void } {
    let cached = 0;
    let hash = hashOf(model);
    const read: string[] = [];
    splitTokens(prompt).forEach((token, index) => {
      hash = hashOf(token, hash);
      const length = index + 1;
      if (length < SMALLEST || length % STEP !== 0) return;
      const prefix = `${hash}:${length}:${model}`;
      const readAt = this.#prefixes.get(prefix);
      if (readAt !== undefined && now - readAt <= KEPT_MS) cached = length;
      read.push(prefix);
    });
    return { cached, learn: (readAt) => this.#learn(read, readAt) };
  }

  #learn(read: readonly string[], now: number): void {
    for (const prefix of read) {
      this.#prefixes.delete(prefix);
      this.#prefixes.set(prefix, now);
    }
    for (const prefix of this.#prefixes.keys()) {
      if (this.#prefixes.size <= MOST_PREFIXES) break;
      this.#prefixes.delete(prefix);
    }
  }
}
