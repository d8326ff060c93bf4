import type { ApiKey } from './access.js';
import type { Clock, Random } from './clock.js';
import { type LogLevel, resolveLogLevel } from './console-logger.js';
import { checkOptions } from './config/options-schema.js';
import type { ProviderOptions } from './config/providers.js';
import type { Budget } from './credits/budgets.js';
import type { WhenCritical } from './credits/when-critical.js';
import type { RateLimits } from './rate-limiter/rate-limiter.js';
import type { Router } from './router/router.js';
import type { Stores } from './stores.js';
import type { Logger, ModelCapability, Preferences } from './types.js';
import type { CreditSource, CreditSourceName } from './upstream/credit-sources.js';
import type { Fetch } from './upstream/openai-client.js';
import type { Provider } from './upstream/provider.js';

export type { LogLevel } from './console-logger.js';

/** Options of the client. Every one has a default but the key. */
export interface RouteLLClientOptions {
  /**
   * The key of the API, or several: one that is refused is set aside, and the next is used. Sent to the origin
   * of `baseURL` only.
   * @default the environment's ROUTELLM_API_KEY, which may hold several separated by commas
   */
  readonly apiKey?: ApiKey;
  /**
   * Any OpenAI-compatible API. `https`, or `http` on this machine.
   * @default the environment's ROUTELLM_BASE_URL, else `https://routellm.abacus.ai/v1`
   */
  readonly baseURL?: string;
  /** Sent with every request. */
  readonly defaultHeaders?: Readonly<Record<string, string>>;
  /**
   * Several services, in order of preference, in place of the one that `apiKey` and `baseURL` describe. A model
   * that more than one lists goes to the first, and to the next where that fails.
   * @default none
   */
  readonly providers?: readonly (ProviderOptions | Provider)[];
  /** @default `node:http` on Node, else the global fetch */
  readonly fetch?: Fetch;
  /** The most decoded bytes of one answer; of a stream, four times that. @default 67_108_864 */
  readonly maxResponseBytes?: number;
  /** Models by name, added to or overriding the shipped catalogue. A price is enough to be routed to. */
  readonly models?: Readonly<Record<string, Omit<ModelCapability, 'name'>>>;
  /** Used where routing is off, late or failed, and where no model can be listed. @default 'route-llm' */
  readonly fallbackModel?: string;
  /** @default a `ModelRouter` over the client's catalogue */
  readonly router?: Router;
  /**
   * A second router that decides beside the first, or `server`: the client's own beside an upstream that routes by
   * itself, as `route-llm`. It changes no call; see `getShadowReport()` and the event `route-shadow`.
   * @default none
   */
  readonly shadow?: Router | 'server';
  /** @default { cost: 0.4, quality: 0.4, speed: 0.2 } */
  readonly preferences?: Preferences;
  /** @default { requestsPerMinute: 60, requestsPerHour: 1000, burst: 10 } */
  readonly rateLimits?: RateLimits;
  /** @default none */
  readonly budgets?: readonly Budget[];
  readonly credits?: CreditOptions;
  readonly routing?: RoutingOptions;
  readonly retries?: RetryOptions;
  readonly timeouts?: TimeoutOptions;
  readonly monitoring?: MonitoringOptions;
  /** Keeps whole answers and gives them again to the same requests. @default none */
  readonly cache?: CacheOptions;
  /** Where limits, budgets and records are kept. @default in memory */
  readonly stores?: Partial<Stores>;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: Random;
  /**
   * Told everything, whatever `monitoring.logLevel` says, but for the steps of calls: those at `debug` only.
   * @default the console, from `monitoring.logLevel` on
   */
  readonly logger?: Logger;
}

export interface CreditOptions {
  /**
   * Where the service at `baseURL` says what the account has left; of one of several see `providers[].creditSource`.
   * @default by the host of `baseURL`
   */
  readonly source?: CreditSourceName | CreditSource;
  /** Credits at which `credits-low` is told. @default 100 */
  readonly lowThreshold?: number;
  /** Credits at which `credits-critical` is told. @default 10 */
  readonly criticalThreshold?: number;
  /**
   * What routed calls keep to from the critical threshold on: `economy` models and those that bill nothing, those
   * that bill nothing (`unlimited`), or what they will (`advise`). Where there are none of them, calls go on.
   * @default 'economy'
   */
  readonly whenCritical?: WhenCritical;
  /** Credits to start from where the upstream reports none. @default none */
  readonly allotment?: number;
  /** What a USD is in credits; it depends on the plan. @default none: the two are never converted */
  readonly creditsPerUsd?: number;
  /** Models that bill nothing and keep serving once the balance is gone. @default those the upstream lists as free */
  readonly unlimitedModels?: readonly string[];
  /** Models that routing leaves to hard asks and to callers for whom quality counts most. @default none */
  readonly highCostModels?: readonly string[];
  /** Let models of unknown price pass a hard budget. @default false */
  readonly allowUnpriced?: boolean;
  /** Fill in the output cap and the temperature that routed calls leave open, by task. @default false */
  readonly optimize?: boolean;
  /** Let cost count more where a hard budget per day or month would run out before its time. @default true */
  readonly pacing?: boolean;
}

export interface RoutingOptions {
  /** Off: calls without a model go to `fallbackModel`. @default true */
  readonly enabled?: boolean;
  /** How long an asynchronous router may take before `fallbackModel` is used. @default 100 */
  readonly maxRoutingTimeMs?: number;
  /** Whether the router is told what became of its choices, learns from it, and keeps it. @default true */
  readonly learning?: boolean;
  /**
   * Share of the routed calls, 0..1, whose model is drawn from what is known of abilities, so that one that is
   * better than it is held to be is found out. Of the default router, while `learning` is on. @default 0
   */
  readonly exploration?: number;
}

export interface RetryOptions {
  /** Retries of a call after its plan of models is used up. @default 3 */
  readonly maxRetries?: number;
  /** Ceiling of the first back-off; it doubles with each. @default 1000 */
  readonly retryDelayMs?: number;
}

export interface TimeoutOptions {
  /**
   * Until a connection, with DNS and TLS, stands; a new one is tried then, as after any lost connection. Of the
   * transport on Node: a `fetch` of your own, or the global one, has its own time. @default 10_000
   */
  readonly connectMs?: number;
  /** Until the response headers arrive, per attempt. @default none of its own: `totalMs` ends the call */
  readonly headersMs?: number;
  /** Until the first token of a stream, per attempt. @default none of its own: `totalMs` ends the call */
  readonly firstTokenMs?: number;
  /** Between two tokens of a stream. @default 30_000 */
  readonly idleMs?: number;
  /** A whole call, waiting and retries included; a stream until its first token. @default 30_000 */
  readonly totalMs?: number;
}

export interface MonitoringOptions {
  /** Whether the usage monitor listens. It never changes a decision. @default true */
  readonly enabled?: boolean;
  /** Days for which daily figures are kept. @default 30 */
  readonly retentionDays?: number;
  /**
   * Milliseconds between two checks of all providers, each told as `health-check`. They go on until the client
   * is closed. `null`: none.
   * @default null
   */
  readonly healthCheckIntervalMs?: number | null;
  /** USD in one UTC day at which the alert `cost-threshold` fires; `null`: none. @default null */
  readonly dailyCostThresholdUsd?: number | null;
  /** Addresses that are told of alerts. Not available yet: only an empty list is taken. @default [] */
  readonly alertWebhooks?: readonly [];
  /**
   * What the default logger tells. `debug` is debug mode: the options in force and each step of each call, a
   * line each, to a `logger` of your own too. The environment's ROUTELL_LOG goes before it.
   * @default 'info'
   */
  readonly logLevel?: LogLevel;
}

export interface CacheOptions {
  /** Whose answers these are: a tenant, a user, an application. No answer passes from one scope to another. */
  readonly scope: string;
  /** How old an answer may be. @default 3_600_000 */
  readonly ttlMs?: number;
  /** How many answers are kept; the least recently used goes first. @default 1000 */
  readonly maxEntries?: number;
  /** How much memory answers may take, at two bytes a character; one alone a tenth of it. @default 50_000_000 */
  readonly maxBytes?: number;
}

/** The defaults of every option that has a plain one. Figures of limits: the integration guide. */
export const DEFAULTS = {
  fallbackModel: 'route-llm',
  preferences: { cost: 0.4, quality: 0.4, speed: 0.2 },
  credits: {
    lowThreshold: 100,
    criticalThreshold: 10,
    whenCritical: 'economy' as WhenCritical,
    unlimitedModels: [] as readonly string[],
    highCostModels: [] as readonly string[],
    allowUnpriced: false,
    optimize: false,
    pacing: true,
  },
  routing: { enabled: true, maxRoutingTimeMs: 100, learning: true, exploration: 0 },
  retries: { maxRetries: 3, retryDelayMs: 1000 },
  timeouts: { connectMs: 10_000, idleMs: 30_000, totalMs: 30_000 },
  maxResponseBytes: 2 ** 26,
  monitoring: {
    enabled: true,
    retentionDays: 30,
    healthCheckIntervalMs: null as number | null,
    dailyCostThresholdUsd: null as number | null,
    alertWebhooks: [] as const,
    logLevel: 'info',
  },
  cache: { ttlMs: 3_600_000, maxEntries: 1000, maxBytes: 50_000_000 },
  priority: 5,
} as const;

/** What bounds a phase of one attempt; `null` where only the call's own time does. */
type AttemptTimeouts = Readonly<Record<'headersMs' | 'firstTokenMs', number | null>>;

/** The options with every default filled in; what only one part understands stays as it was given. */
export interface ResolvedOptions {
  readonly fallbackModel: string;
  readonly preferences: Preferences;
  readonly credits: Omit<CreditOptions, 'source'> &
    Required<Omit<CreditOptions, 'source' | 'allotment' | 'creditsPerUsd'>>;
  readonly routing: Required<RoutingOptions>;
  readonly retries: Required<RetryOptions>;
  readonly timeouts: Required<Omit<TimeoutOptions, keyof AttemptTimeouts>> & AttemptTimeouts;
  readonly maxResponseBytes: number;
  readonly monitoring: Required<MonitoringOptions>;
  /** `scope: null`: only calls that name a scope of their own use it. */
  readonly cache: Required<Omit<CacheOptions, 'scope'>> & { readonly scope: string | null };
}

/**
 * Checks the options and fills in the defaults.
 * @throws {ConfigurationError} naming the field and what was expected.
 */
export function resolveOptions(options: RouteLLClientOptions): ResolvedOptions {
  checkOptions(options);
  const timeouts = withDefaults(DEFAULTS.timeouts, options.timeouts);
  const monitoring = withDefaults(DEFAULTS.monitoring, options.monitoring);
  // The provider has the source.
  const { source: _, ...credits } = options.credits ?? {};
  return {
    fallbackModel: options.fallbackModel ?? DEFAULTS.fallbackModel,
    preferences: { ...(options.preferences ?? DEFAULTS.preferences) },
    credits: withDefaults(DEFAULTS.credits, credits),
    routing: withDefaults(DEFAULTS.routing, options.routing),
    retries: withDefaults(DEFAULTS.retries, options.retries),
    timeouts: {
      ...timeouts,
      headersMs: options.timeouts?.headersMs ?? null,
      firstTokenMs: options.timeouts?.firstTokenMs ?? null,
    },
    maxResponseBytes: options.maxResponseBytes ?? DEFAULTS.maxResponseBytes,
    cache: { ...withDefaults(DEFAULTS.cache, options.cache), scope: options.cache?.scope ?? null },
    monitoring: { ...monitoring, logLevel: resolveLogLevel(monitoring.logLevel) },
  };
}

/** An option given as `undefined` is one not given. */
function withDefaults<Defaults extends object, Given extends object>(
  defaults: Defaults,
  given: Given | undefined,
): Omit<Defaults, keyof Given> & Required<Pick<Given, Extract<keyof Defaults, keyof Given>>> & Given {
  const defined = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(defined) } as never;
}
