import * as z from 'zod';
import { LOG_LEVELS } from '../console-logger.js';
import { WHEN_CRITICAL } from '../credits/when-critical.js';
import { ConfigurationError } from '../errors.js';
import { type RateLimits, resolveRateLimits } from '../rate-limiter/limits.js';
import { CREDIT_SOURCE_NAMES } from '../upstream/credit-sources.js';
import { adviceOn, fieldName, firstIssue } from './first-issue.js';

const positive = z.number().positive();
const notNegative = z.number().nonnegative();
const count = z.number().int().nonnegative();
const modelNames = z.array(z.string().min(1));
const callable = z.custom<unknown>((value) => typeof value === 'function', 'expected a function');
const objectWith = (...methods: readonly string[]): z.ZodType =>
  z.custom<unknown>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function'),
    `expected an object with ${methods.map((method) => `${method}()`).join(', ')}`,
  );

/** What fetch takes as a header; said here, since its own error would tell the value. */
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'expected the name of a header');
const headerValue = z
  .string()
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'expected no line breaks and only letters that a header can carry');

/** A record of zod passes over an own `__proto__` unread, and fetch reads it. */
const headers = z
  .custom<Record<string, unknown>>(
    (value) => value === null || typeof value !== 'object' || !Object.hasOwn(value, '__proto__'),
    'expected no header named __proto__',
  )
  .pipe(z.record(headerName, headerValue));

const preferences = z.strictObject({
  cost: notNegative.optional(),
  quality: notNegative.optional(),
  speed: notNegative.optional(),
});

const keyText = z.string().trim().min(1);
const apiKey = z.union([keyText, z.array(keyText).min(1)]);

const creditSource = z.union(
  [
    z.enum(CREDIT_SOURCE_NAMES),
    z.strictObject({
      // Of the provider's own origin, whatever it holds: its key is sent there.
      path: z
        .string()
        .regex(/^(?:\/[\w.~-]+)+$/)
        .nullable(),
      besideVersion: z.boolean().optional(),
      read: callable,
    }),
  ],
  `expected ${CREDIT_SOURCE_NAMES.join(', ')}, or { path: '/credits', read: (page) => … }`,
);

const isProvider = objectWith('chat', 'stream', 'models', 'account');

const provider = z.strictObject({
  id: z.string().regex(/^[\x21-\x7e]+$/, 'expected a name without spaces'),
  name: z.string().min(1).optional(),
  enabled: z.boolean().optional(),
  baseURL: z.string().min(1),
  apiKey: apiKey.optional(),
  keyEnvVar: z.string().min(1).optional(),
  docsUrl: z.string().optional(),
  defaultHeaders: headers.optional(),
  group: z.string().min(1).optional(),
  unlimitedModels: modelNames.optional(),
  premiumModels: modelNames.optional(),
  rateLimits: z.looseObject({}).optional(),
  creditSource: creditSource.optional(),
  developerRole: z.boolean().optional(),
  streamOptions: z.boolean().optional(),
});

const isRouter = objectWith('routeRequest');

/** The shape of the options. What belongs to one part (limits, budgets, models) is checked by that part. */
const schema = z.strictObject({
  apiKey: apiKey.optional(),
  baseURL: z.url({ protocol: /^https?$/ }).optional(),
  defaultHeaders: headers.optional(),
  providers: z.array(provider).optional(),
  fetch: callable.optional(),
  maxResponseBytes: count.min(1).optional(),
  models: z.record(z.string(), z.looseObject({})).optional(),
  fallbackModel: z
    .string()
    .min(1)
    .refine((name) => name !== 'auto', "expected the name of a model: 'auto' is none")
    .optional(),
  router: isRouter.optional(),
  shadow: z
    .custom<unknown>(
      (value) => value === 'server' || isRouter.safeParse(value).success,
      "expected a router, an object with routeRequest(), or 'server'",
    )
    .optional(),
  preferences: preferences.optional(),
  rateLimits: z.looseObject({}).optional(),
  budgets: z.array(z.looseObject({})).optional(),
  credits: z
    .strictObject({
      lowThreshold: notNegative.optional(),
      criticalThreshold: notNegative.optional(),
      source: creditSource.optional(),
      whenCritical: z.enum(WHEN_CRITICAL).optional(),
      allotment: notNegative.optional(),
      creditsPerUsd: positive.optional(),
      unlimitedModels: modelNames.optional(),
      highCostModels: modelNames.optional(),
      allowUnpriced: z.boolean().optional(),
      optimize: z.boolean().optional(),
      pacing: z.boolean().optional(),
    })
    .refine(
      ({ lowThreshold = 100, criticalThreshold = 10 }) => criticalThreshold <= lowThreshold,
      'expected criticalThreshold to be at most lowThreshold',
    )
    .optional(),
  routing: z
    .strictObject({
      enabled: z.boolean().optional(),
      maxRoutingTimeMs: positive.optional(),
      learning: z.boolean().optional(),
      exploration: z.number().min(0).max(1).optional(),
    })
    .optional(),
  retries: z
    .strictObject({ maxRetries: count.max(100).optional(), retryDelayMs: notNegative.optional() })
    .optional(),
  timeouts: z
    .strictObject({
      connectMs: positive.optional(),
      headersMs: positive.optional(),
      firstTokenMs: positive.optional(),
      idleMs: positive.optional(),
      totalMs: positive.optional(),
    })
    .optional(),
  monitoring: z
    .strictObject({
      enabled: z.boolean().optional(),
      retentionDays: count.min(1).max(3650).optional(),
      healthCheckIntervalMs: z.number().min(1000).nullable().optional(),
      dailyCostThresholdUsd: positive.nullable().optional(),
      alertWebhooks: z
        .array(z.unknown())
        .max(0, 'webhooks are not available yet: leave the list empty and use monitor.addAlertHandler()')
        .optional(),
      logLevel: z.enum(LOG_LEVELS).optional(),
    })
    .optional(),
  cache: z
    .strictObject({
      scope: z
        .string('expected whose answers these are, as the name of a tenant, a user or an application')
        .trim()
        .min(1, 'expected a name'),
      ttlMs: positive.optional(),
      maxEntries: count.min(1).optional(),
      maxBytes: positive.optional(),
    })
    .optional(),
  stores: z
    .strictObject({
      limits: objectWith('take', 'record', 'refund', 'peek').optional(),
      budgets: objectWith('reserve', 'settle', 'release', 'balance').optional(),
      journal: objectWith('append', 'read').optional(),
      snapshots: objectWith('load', 'save').optional(),
    })
    .optional(),
  clock: objectWith('now', 'monotonic', 'sleep', 'startTimer').optional(),
  random: callable.optional(),
  logger: objectWith('debug', 'info', 'warn', 'error').optional(),
});

/**
 * Checks the shape of the client's options.
 * @throws {ConfigurationError} naming the first field that makes no sense, and what was expected.
 */
export function checkOptions(options: unknown): void {
  const described = withDescribedProviders(options);
  const issue = firstIssue(schema, described);
  if (issue === null) {
    checkRateLimits(described as LimitedOptions);
    checkShadow(described as Shadowed);
    return;
  }
  const field = fieldName(issue.path) || 'options';
  throw new ConfigurationError(
    field,
    issue.known === null
      ? `${field} is not valid: ${issue.message}.`
      : `${field} is not an option.${adviceOn(issue)}`,
  );
}

interface Shadowed {
  readonly router?: unknown;
  readonly shadow?: unknown;
}

/** It would agree with itself, and be told everything twice. */
function checkShadow({ router, shadow }: Shadowed): void {
  if (shadow === undefined || shadow !== router) return;
  throw new ConfigurationError('shadow', 'shadow is not valid: expected another router than router.');
}

interface LimitedOptions {
  readonly rateLimits?: RateLimits;
  readonly providers?: readonly { readonly rateLimits?: RateLimits }[];
}

/** Here, since not all of them become a limiter: not those of a provider that is switched off. */
function checkRateLimits({ rateLimits, providers = [] }: LimitedOptions): void {
  resolveRateLimits(rateLimits);
  for (const [index, provider] of providers.entries()) {
    resolveRateLimits(provider.rateLimits, `providers[${index}].rateLimits`);
  }
}

/** A provider that is made already stands for what it says of itself: it has no options to check. */
function withDescribedProviders(options: unknown): unknown {
  const { providers } = Object(options) as { readonly providers?: unknown };
  if (!Array.isArray(providers)) return options;
  const described = (providers as unknown[]).map((given) => {
    const { id, baseURL, group } = Object(given) as Readonly<Record<string, unknown>>;
    return isProvider.safeParse(given).success ? { id, baseURL, group } : given;
  });
  return { ...(options as object), providers: described };
}
