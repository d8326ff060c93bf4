import * as z from 'zod';
import { DEFAULT_BASE_URL } from '../access.js';
import { LOG_LEVELS, logLevelOf } from '../console-logger.js';
import { WHEN_CRITICAL } from '../credits/when-critical.js';
import { DEFAULTS } from '../options.js';
import { resolveRateLimits } from '../rate-limiter/limits.js';
import {
  address,
  amount,
  flag,
  modelName,
  modelNames,
  schemaPointer,
  seconds,
  section,
  setting,
  wholeNumber,
} from './setting-types.js';

const { credits, routing, retries, timeouts, monitoring } = DEFAULTS;
const limits = resolveRateLimits();

const aLevel = `expected one of ${LOG_LEVELS.join(', ')}, in capitals or not`;

/** Settings of `routellm.config.json`: the guide's names and units, every one of them optional. */
export const settingsSchema = z.strictObject(
  {
    $schema: schemaPointer,
    api: section({
      base_url: setting(address, 'Address of the API. The key is sent to its origin only.', DEFAULT_BASE_URL),
      timeout: setting(
        seconds(0.001),
        'Seconds that a call may take, waiting and retries included; a stream until its first token.',
        timeouts.totalMs / 1000,
      ),
      connect_timeout: setting(
        seconds(0.001),
        'Seconds that a new connection may take, with DNS and TLS, before it is tried again.',
        timeouts.connectMs / 1000,
      ),
      max_retries: setting(
        wholeNumber(0, 100),
        'How often a call is tried again after its plan of models is used up.',
        retries.maxRetries,
      ),
      retry_delay: setting(
        seconds(0),
        'Seconds that the first retry waits at most; the ceiling doubles with each retry.',
        retries.retryDelayMs / 1000,
      ),
    }),
    credit_system: section({
      low_credit_threshold: setting(
        amount(),
        'Credits left at which the event `credits-low` is told, and from which on cost counts twice.',
        credits.lowThreshold,
      ),
      critical_credit_threshold: setting(
        amount(),
        'Credits left at which `credits-critical` is told, and cost counts four times. At most `low_credit_threshold`.',
        credits.criticalThreshold,
      ),
      unlimited_models: setting(
        modelNames,
        'Models that your plan does not bill. They are used only where the API lists them.',
        credits.unlimitedModels,
      ),
      high_cost_models: setting(
        modelNames,
        'Models that routing leaves to hard requests, and to callers for whom quality counts most.',
        credits.highCostModels,
      ),
      when_critical: setting(
        z.enum(WHEN_CRITICAL, `expected one of ${WHEN_CRITICAL.join(', ')}`),
        'What routed calls keep to from `critical_credit_threshold` on: economy models, unlimited ones, or what they will.',
        credits.whenCritical,
      ),
    }),
    rate_limiting: section({
      requests_per_minute: setting(
        wholeNumber(1).nullable(),
        'Requests in any 60 seconds. null: no such limit.',
        limits.requestsPerMinute,
      ),
      requests_per_hour: setting(
        wholeNumber(1).nullable(),
        'Requests in any 3,600 seconds. null: no such limit.',
        limits.requestsPerHour,
      ),
      burst_limit: setting(
        wholeNumber(1).nullable(),
        'Requests at once, before the rate of the minute holds them back. null: no such limit.',
        limits.burst,
      ),
      adaptive_throttling: setting(
        flag,
        'Whether a 429 of the API holds back all requests of its account for as long as it asks.',
        limits.adaptive,
      ),
    }),
    model_routing: section({
      enabled: setting(
        flag,
        'Whether calls that name no model are routed. Off: they go to `fallback_model`.',
        routing.enabled,
      ),
      learning_enabled: setting(
        flag,
        'Whether the router is told what became of its choices, and learns from it.',
        routing.learning,
      ),
      fallback_model: setting(
        modelName.refine((name) => name !== 'auto', "expected the name of a model: 'auto' is none"),
        'Used where routing is off, late or failed, and where the API lists no models.',
        DEFAULTS.fallbackModel,
      ),
      max_routing_time: setting(
        seconds(0.001),
        'Seconds that an asynchronous router may take before `fallback_model` is used.',
        routing.maxRoutingTimeMs / 1000,
      ),
    }),
    monitoring: section({
      enabled: setting(flag, 'Whether usage is counted and alerts are raised.', monitoring.enabled),
      alert_webhooks: setting(
        z
          .array(z.unknown(), 'expected a list')
          .max(
            0,
            'webhooks are not available yet: leave the list empty and use client.monitor.addAlertHandler()',
          ),
        'Not available yet: only an empty list is taken.',
        monitoring.alertWebhooks,
      ),
      log_level: setting(
        z
          .string(aLevel)
          .refine((level) => logLevelOf(level) !== undefined, aLevel)
          .meta({
            enum: [...LOG_LEVELS, ...LOG_LEVELS.map((level) => level.toUpperCase()), 'WARNING', 'CRITICAL'],
          }),
        'The least important messages that are logged, in capitals or not.',
        monitoring.logLevel,
      ),
      metrics_retention_days: setting(
        wholeNumber(1, 3650),
        'Days for which daily figures are kept.',
        monitoring.retentionDays,
      ),
    }),
  },
  'expected an object',
);

export type Settings = z.infer<typeof settingsSchema>;
