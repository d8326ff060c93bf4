import type { CacheOptions } from './options.js';
import type { ChatParameters, Constraints, Preferences, ResponseSchema } from './types.js';

/** What one call says of the cache. */
export type CallCacheOptions = Partial<Pick<CacheOptions, 'scope' | 'ttlMs'>>;

/** What a call takes beside OpenAI's own parameters. */
export interface CallOptions<Schema extends ResponseSchema | undefined = undefined> {
  /** Used as it is; `auto`, or none, routes. @default 'auto' */
  readonly model?: string;
  /** Models to go to when one fails, in order. @default the router's, for routed calls */
  readonly fallbacks?: readonly string[];
  /** @default those of the client */
  readonly preferences?: Preferences;
  readonly constraints?: Constraints;
  /** Groups calls for budgets per session and analytics. @default one session per client */
  readonly session?: string;
  /** 0..9, lower first. @default 5 */
  readonly priority?: number;
  /** Labels for budgets and analytics. */
  readonly tags?: readonly string[];
  readonly signal?: AbortSignal;
  /** Overrides `timeouts.totalMs`. */
  readonly timeoutMs?: number;
  /**
   * `true`, or a scope or age of its own, uses the response cache whatever the temperature; `false` does not.
   * @default used under the client's `cache.scope` by requests with `temperature: 0` or a `seed`
   */
  readonly cache?: boolean | CallCacheOptions;
  /** What the answer must be: any Standard Schema (zod, valibot, arktype). `result.object` is what it gives. */
  readonly responseSchema?: Schema;
  /** Parameters of the upstream that OpenAI does not have. */
  readonly extraBody?: Readonly<Record<string, unknown>>;
  /** Overrides `credits.optimize`. A named model's parameters are never changed. */
  readonly optimize?: boolean;
  /**
   * Lets another attempt, at the next model of the plan, go on with the text of a stream that broke off. What is
   * not streamed is tried again as a whole anyway. @default false
   */
  readonly resume?: boolean;
}

/** Options of one call: its own, and everything OpenAI takes, by its wire name. */
export interface ChatOptions<Schema extends ResponseSchema | undefined = undefined>
  extends CallOptions<Schema>, Omit<ChatParameters, keyof CallOptions> {}

/** Options of a call, with a schema or without. */
export type AnyChatOptions = ChatOptions<ResponseSchema | undefined>;
