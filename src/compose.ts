import { ModelCatalog } from './catalog/model-catalog.js';
import { newId } from './call/begin.js';
import { createOpenAIFetch } from './call/openai-fetch.js';
import type { CallParts } from './call/parts.js';
import { type Clock, systemClock, systemRandom } from './clock.js';
import { consoleLogger } from './console-logger.js';
import { CreditBalance } from './credits/balance.js';
import { Ledger } from './credits/ledger.js';
import { EventBus } from './events.js';
import { guardedLogger } from './guarded-logger.js';
import { type EffectiveConfig, maskSecrets, resolveOptions, type RouteLLClientOptions } from './options.js';
import { RateLimiter } from './rate-limiter/rate-limiter.js';
import { ModelRouter } from './router/model-router.js';
import { memoryStores } from './stores/memory.js';
import type { Stores } from './stores.js';
import { ModelHealth } from './upstream/health.js';
import { ModelListing } from './upstream/model-listing.js';
import { createOfficialClient, type Fetch, type OfficialClient } from './upstream/openai-client.js';
import { openaiProvider } from './upstream/openai-provider.js';
import { RetryBudget } from './upstream/retry-budget.js';
import { SessionAnalytics } from './usage-monitor/session-analytics.js';
import { UsageMonitor } from './usage-monitor/usage-monitor.js';

export interface ComposedParts extends CallParts {
  readonly monitor: UsageMonitor;
  readonly sessionAnalytics: SessionAnalytics;
  readonly fetch: Fetch;
  readonly chat: OfficialClient['chat'];
  readonly config: EffectiveConfig;
  readonly healthCheck: { readonly clock: Clock; readonly timeoutMs: number };
  /** Ends what listens and reads in the background. */
  readonly stop: () => void;
}

/**
 * Makes every part of a client out of its options, each with its default.
 * @throws {ConfigurationError} naming the option that makes no sense.
 */
export function composeParts(given: RouteLLClientOptions): ComposedParts {
  const options = resolveOptions(given);
  const clock = given.clock ?? systemClock;
  const random = given.random ?? systemRandom;
  const logger = guardedLogger(given.logger ?? consoleLogger(options.monitoring.logLevel));
  const events = new EventBus(logger);
  const stores = storesOf(given.stores);
  const catalog = new ModelCatalog({ models: given.models });
  const fallbackRouter = new ModelRouter({ catalog, clock });
  const provider = openaiProvider({
    id: providerIdOf(options.baseURL),
    apiKey: options.apiKey,
    baseURL: options.baseURL,
    defaultHeaders: given.defaultHeaders,
    fetch: given.fetch,
    clock,
  });
  const listing = new ModelListing(provider, {
    clock,
    logger,
    onListing: ({ id }, models) => catalog.applyListing(id, models),
  });
  const limiter = new RateLimiter(given.rateLimits, {
    clock,
    events,
    store: stores.limits,
    key: provider.group,
  });
  const balance = new CreditBalance({
    ...options.credits,
    readAccount: (signal) => provider.account({ signal, headersTimeoutMs: options.timeouts.totalMs }),
    clock,
    events,
    logger,
  });
  const monitor = new UsageMonitor({
    events,
    clock,
    logger,
    status: () => balance.status(),
    requestsPerHour: limiter.limits.requestsPerHour,
    retentionDays: options.monitoring.retentionDays,
  });
  if (options.monitoring.enabled) monitor.startMonitoring();
  const sessionAnalytics = new SessionAnalytics({ events, clock });
  const parts: CallParts = {
    options,
    clock,
    random,
    logger,
    events,
    journal: stores.journal,
    catalog,
    router: given.router ?? fallbackRouter,
    fallbackRouter,
    limiter,
    ledger: new Ledger({
      budgets: given.budgets,
      creditsPerUsd: options.credits.creditsPerUsd,
      store: stores.budgets,
      clock,
      events,
    }),
    balance,
    health: new ModelHealth({ clock, events }),
    retryBudget: new RetryBudget(),
    provider,
    listing,
    session: newId('session', random),
    inFlight: new Set(),
    lifecycle: { closed: false, onClose: new Set() },
  };
  const fetch = createOpenAIFetch(parts);
  return {
    ...parts,
    monitor,
    sessionAnalytics,
    fetch,
    chat: createOfficialClient({ apiKey: 'held by routell', baseURL: options.baseURL, fetch }).chat,
    config: maskSecrets(options, limiter.limits, given.budgets),
    healthCheck: { clock, timeoutMs: options.timeouts.totalMs },
    stop: () => {
      balance.close();
      monitor.stopMonitoring();
      sessionAnalytics.close();
    },
  };
}

/** A store given as `undefined` is one not given. */
function storesOf(given: Partial<Stores> = {}): Stores {
  const inMemory = memoryStores();
  return {
    limits: given.limits ?? inMemory.limits,
    budgets: given.budgets ?? inMemory.budgets,
    journal: given.journal ?? inMemory.journal,
  };
}

/** `routellm` for the vendor's own service, else the host: shared stores and records tell upstreams apart by it. */
function providerIdOf(baseURL: string): string {
  const { host, hostname } = new URL(baseURL);
  return hostname.endsWith('.abacus.ai') ? 'routellm' : host;
}
