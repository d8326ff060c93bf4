import { isForEnvironmentKey } from '../access.js';
import { logLevelOf } from '../console-logger.js';
import type { Environment } from '../environment.js';
import type { RouteLLClientOptions } from '../options.js';
import { settingError } from './check-settings.js';
import { type ProviderSettings, ROUTELLM } from './provider-schema.js';
import type { ProviderOptions } from './providers.js';
import type { ProvidersFile } from './provider-settings.js';
import type { Settings } from './settings-schema.js';

/** The options that settings stand for: those given, and no other. */
export function optionsOf(settings: Settings): RouteLLClientOptions {
  const { api = {}, credit_system: credit = {}, rate_limiting: rate = {} } = settings;
  const { model_routing: routing = {}, monitoring = {} } = settings;
  return (
    given({
      fallbackModel: routing.fallback_model,
      timeouts: given({
        totalMs: milliseconds(api.timeout),
        connectMs: milliseconds(api.connect_timeout),
      }),
      retries: given({ maxRetries: api.max_retries, retryDelayMs: milliseconds(api.retry_delay) }),
      credits: given({
        lowThreshold: credit.low_credit_threshold,
        criticalThreshold: credit.critical_credit_threshold,
        unlimitedModels: credit.unlimited_models,
        highCostModels: credit.high_cost_models,
        whenCritical: credit.when_critical,
      }),
      rateLimits: given({
        requestsPerMinute: rate.requests_per_minute,
        requestsPerHour: rate.requests_per_hour,
        burst: rate.burst_limit,
        adaptive: rate.adaptive_throttling,
      }),
      routing: given({
        enabled: routing.enabled,
        learning: routing.learning_enabled,
        maxRoutingTimeMs: milliseconds(routing.max_routing_time),
      }),
      monitoring: given({
        enabled: monitoring.enabled,
        alertWebhooks: monitoring.alert_webhooks === undefined ? undefined : ([] as const),
        logLevel: monitoring.log_level === undefined ? undefined : logLevelOf(monitoring.log_level),
        retentionDays: monitoring.metrics_retention_days,
      }),
    }) ?? {}
  );
}

/**
 * The providers that the records of a file stand for, in its order.
 * @param address That of the RouteLLM API, which joins the others where the file does not hold it.
 * @param environment Its ROUTELLM_BASE_URL says which address ROUTELLM_API_KEY is for.
 * @throws {ConfigurationError} naming what a record lacks.
 */
export function providersOf(
  { file, records }: ProvidersFile,
  address: string | undefined,
  environment: Environment,
): readonly ProviderOptions[] {
  const all: [id: string, record: ProviderSettings][] = [...records];
  if (address !== undefined && !records.has(ROUTELLM.id)) {
    all.unshift([ROUTELLM.id, { name: ROUTELLM.name, docs_url: ROUTELLM.docsUrl }]);
  }
  return all.map(([id, record]) => {
    const isRouteLLM = id === ROUTELLM.id;
    const baseURL = isRouteLLM ? (address ?? ROUTELLM.baseURL) : record.base_url;
    if (baseURL === undefined) throw settingError(file, `${id}.base_url`, 'expected the address of its API');
    const url = new URL(baseURL);
    const isOwnKey = isRouteLLM && isForEnvironmentKey(url, environment);
    const keyEnvVar = record.key_env_var ?? (isOwnKey ? ROUTELLM.keyEnvVar : undefined);
    if (keyEnvVar === undefined) {
      throw settingError(file, `${id}.key_env_var`, isRouteLLM ? keyElsewhere(url.origin) : A_KEY);
    }
    return { id, baseURL, keyEnvVar, ...descriptionOf(record) };
  });
}

const A_KEY =
  'expected the name of the variable that holds its key; for a server that wants none the variable may hold any text';

/** An address in a file does not send the key of the environment elsewhere. */
function keyElsewhere(origin: string): string {
  return `expected the name of the variable that holds the key for ${origin}. Without it ROUTELLM_API_KEY is sent to the origin of ROUTELLM_BASE_URL or, where that is not set, to RouteLLM's own only`;
}

function descriptionOf({
  name,
  enabled,
  docs_url,
  credit_source,
  features = {},
}: ProviderSettings): Partial<ProviderOptions> {
  return (
    given({
      name,
      enabled,
      docsUrl: docs_url,
      creditSource: credit_source,
      unlimitedModels: features.unlimited_models,
      premiumModels: features.premium_models,
    }) ?? {}
  );
}

/** The files have seconds. */
function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

/** What was given of these; `undefined` where nothing was. */
function given<Values extends object>(values: Values): Values | undefined {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Values);
}
