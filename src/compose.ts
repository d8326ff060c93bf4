import { ModelCatalog } from './catalog/model-catalog.js';
import { newId } from './call/begin.js';
import { createOpenAIFetch } from './call/openai-fetch.js';
import { Discrepancies } from './call/discrepancies.js';
import { closedError } from './call/close.js';
import { CreditOptimizer } from './call/optimizer/credit-optimizer.js';
import type { CallParts } from './call/parts.js';
import { WarmPrefixes } from './call/warm-prefixes.js';
import { systemClock, systemRandom } from './clock.js';
import { type ResolvedProvider, resolveProviders } from './config/providers.js';
import { ParameterRepairs } from './call/parameter-repairs.js';
import { RepeatedAsks } from './call/repeated-asks.js';
import { ResponseCache } from './call/response-cache.js';
import { shadowOf } from './call/shadow.js';
import { LearnedMemory } from './call/learned-memory.js';
import { consoleLogger } from './console-logger.js';
import { AnswerHistory } from './credits/answer-history.js';
import { DemandPattern } from './credits/demand-pattern.js';
import { Pacer } from './credits/pacer.js';
import { CreditBalance, type CreditBalanceOptions } from './credits/balance.js';
import { Ledger } from './credits/ledger.js';
import { logEvents } from './debug-log.js';
import { EventBus } from './events.js';
import { guardedLogger } from './guarded-logger.js';
import { type EffectiveConfig, maskSecrets } from './config/effective-config.js';
import { type ResolvedOptions, resolveOptions, type RouteLLClientOptions } from './options.js';
import { listProviders, type ProviderStatus } from './provider-status.js';
import { RateLimiter } from './rate-limiter/rate-limiter.js';
import { ModelRouter } from './router/model-router.js';
import { memoryStores } from './stores/memory.js';
import type { Stores } from './stores.js';
import { HealthChecks } from './upstream/health-checks.js';
import { ModelHealth } from './upstream/health.js';
import { ModelListing } from './upstream/model-listing.js';
import { ModelListings } from './upstream/model-listings.js';
import { createOfficialClient, type Fetch, type OfficialClient } from './upstream/openai-client.js';
import type { Provider } from './upstream/provider.js';
import { RetryBudget } from './upstream/retry-budget.js';
import { ProviderFigures } from './usage-monitor/provider-figures.js';
import { SessionAnalytics } from './usage-monitor/session-analytics.js';
import { UsageMonitor } from './usage-monitor/usage-monitor.js';

export interface ComposedParts extends CallParts {
  /** The credits of the first account. */
  readonly balance: CreditBalance;
  readonly monitor: UsageMonitor;
  readonly optimizer: CreditOptimizer;
  readonly sessionAnalytics: SessionAnalytics;
  readonly fetch: Fetch;
  readonly chat: OfficialClient['chat'];
  readonly config: EffectiveConfig;
  readonly healthChecks: HealthChecks;
  readonly limiter: RateLimiter;
  readonly listProviders: () => readonly ProviderStatus[];
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
  const { unlimitedModels } = options.credits;
  const resolved = resolveProviders(given, { clock, events });
  const providers = enabledOf(resolved);
  const [primary] = providers;
  const catalog = new ModelCatalog({ models: given.models, unlimitedModels, providers: resolved });
  const { learning, exploration } = options.routing;
  const fallbackRouter = new ModelRouter({ catalog, clock, learning, exploration, random });
  const router = given.router ?? fallbackRouter;
  const shadow = shadowOf(given.shadow, router);
  const memory = { store: stores.snapshots, clock, logger, learning };
  const answerHistory = new AnswerHistory();
  const demand = new DemandPattern();
  const ledger = new Ledger({
    budgets: given.budgets,
    creditsPerUsd: options.credits.creditsPerUsd,
    store: stores.budgets,
    clock,
    events,
    logger,
  });
  const lifetime = new AbortController();
  const listings = providers.map(
    (provider) =>
      new ModelListing(provider, {
        clock,
        logger,
        signal: lifetime.signal,
        onListing: ({ id }, models) => catalog.applyListing(id, models),
      }),
  );
  const limiters = limitersOf(resolved, (key, limits) => {
    return new RateLimiter(limits ?? given.rateLimits, { clock, events, store: stores.limits, key });
  });
  const limiter = limiters.get(primary.group) ?? new RateLimiter(given.rateLimits);
  const healthChecks = new HealthChecks(providers, {
    time: { clock, timeoutMs: options.timeouts.totalMs, signal: lifetime.signal },
    events,
    intervalMs: options.monitoring.healthCheckIntervalMs,
  });
  const { balance, balances } = balancesOf(providers, options, { clock, events, logger });
  const monitor = new UsageMonitor({
    events,
    clock,
    logger,
    status: () => balance.status(),
    requestsPerHour: limiter.limits.requestsPerHour,
    retentionDays: options.monitoring.retentionDays,
    dailyCostThresholdUsd: options.monitoring.dailyCostThresholdUsd,
  });
  if (options.monitoring.enabled) monitor.startMonitoring();
  const sessionAnalytics = new SessionAnalytics({ events, clock });
  const figures = new ProviderFigures({ events, clock });
  const parts: CallParts = {
    options,
    clock,
    random,
    logger,
    events,
    journal: stores.journal,
    catalog,
    router,
    shadow,
    routerMemory: new LearnedMemory(router, { key: 'router', ...memory }),
    shadowMemory: shadow?.learner ? new LearnedMemory(shadow.learner, { key: 'shadow', ...memory }) : null,
    answerHistory,
    answerMemory: new LearnedMemory(answerHistory, {
      key: 'answers',
      ...memory,
      who: 'the history of answers',
    }),
    demand,
    demandMemory: new LearnedMemory(demand, { key: 'demand', ...memory, who: 'the pattern of demand' }),
    repeatedAsks: new RepeatedAsks(),
    fallbackRouter,
    limiters,
    ledger,
    balances,
    discrepancies: new Discrepancies({ events, logger, creditsPerUsd: options.credits.creditsPerUsd }),
    pacer: new Pacer({
      budgets: options.credits.pacing ? (given.budgets ?? []) : [],
      states: () => ledger.budgetStates(),
      demand,
      clock,
    }),
    health: new ModelHealth({ clock, events }),
    retryBudget: new RetryBudget(),
    parameterRepairs: new ParameterRepairs(logger),
    providers,
    listings: new ModelListings(listings, clock),
    cache: new ResponseCache({ ...options.cache, clock }),
    warmPrefixes: new WarmPrefixes(clock),
    session: newId('session', random),
    inFlight: new Set(),
    unfinished: new Set(),
    lifecycle: { closed: false, onClose: new Set() },
  };
  // Last, so that nothing is left running where an option above made no sense.
  healthChecks.start();
  const config = maskSecrets(options, limiter.limits, { budgets: given.budgets, providers: resolved });
  if (options.monitoring.logLevel === 'debug') {
    logger.debug('the options in force', { ...config });
    // Never taken back: that a call came after the end is worth a line, too.
    logEvents(events, { clock, logger });
  }
  const fetch = createOpenAIFetch(parts);
  return {
    ...parts,
    balance,
    monitor,
    optimizer: new CreditOptimizer(limiter, {
      router: fallbackRouter,
      history: answerHistory,
      preferences: options.preferences,
      spending: () => monitor.getSpendingPattern(),
      clock,
    }),
    sessionAnalytics,
    fetch,
    chat: createOfficialClient({ apiKey: 'held by routell', baseURL: primary.baseURL, fetch }).chat,
    config,
    healthChecks,
    limiter,
    listProviders: () => listProviders(resolved, catalog, figures),
    stop: () => {
      lifetime.abort(closedError());
      healthChecks.stop();
      figures.close();
      for (const read of balances.values()) read.close();
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
    snapshots: given.snapshots ?? inMemory.snapshots,
  };
}

function enabledOf(resolved: readonly ResolvedProvider[]): readonly [Provider, ...Provider[]] {
  const [first, ...rest] = resolved.flatMap(({ provider }) => (provider === null ? [] : [provider]));
  if (first === undefined) throw new RangeError('a client has at least one provider');
  return [first, ...rest];
}

/** One limiter for each group of providers that share an account. */
function limitersOf(
  resolved: readonly ResolvedProvider[],
  make: (group: string, limits: ResolvedProvider['rateLimits']) => RateLimiter,
): ReadonlyMap<string, RateLimiter> {
  const limiters = new Map<string, RateLimiter>();
  // Who brings limits of its own speaks for its whole group.
  const outspoken = resolved.filter(({ rateLimits }) => rateLimits !== null);
  for (const { provider, rateLimits } of [...outspoken, ...resolved]) {
    if (provider === null || limiters.has(provider.group)) continue;
    limiters.set(provider.group, make(provider.group, rateLimits));
  }
  return limiters;
}

/** The credits of each group of providers that share an account. Events are told of the first: it has the allotment. */
function balancesOf(
  [first, ...others]: readonly [Provider, ...Provider[]],
  { credits: { allotment, ...credits }, timeouts }: ResolvedOptions,
  { events, ...common }: Pick<CallParts, 'clock' | 'events' | 'logger'>,
): Pick<ComposedParts, 'balance' | 'balances'> {
  const balanceOf = (provider: Provider, told: CreditBalanceOptions): CreditBalance => {
    const readAccount: CreditBalanceOptions['readAccount'] = (signal) =>
      provider.account({ signal, headersTimeoutMs: timeouts.totalMs });
    return new CreditBalance({ ...credits, ...common, readAccount, ...told });
  };
  const balance = balanceOf(first, { events, ...(allotment === undefined ? {} : { allotment }) });
  const balances = new Map([[first.group, balance]]);
  for (const provider of others)
    if (!balances.has(provider.group)) balances.set(provider.group, balanceOf(provider, {}));
  return { balance, balances };
}
