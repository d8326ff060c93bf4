import * as z from 'zod';
import { ConfigurationError } from '../errors.js';
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

const preferences = z.strictObject({
  cost: notNegative.optional(),
  quality: notNegative.optional(),
  speed: notNegative.optional(),
});

/** The shape of the options. What belongs to one part (limits, budgets, models) is checked by that part. */
const schema = z.strictObject({
  apiKey: z.string().trim().min(1).optional(),
  baseURL: z.url({ protocol: /^https?$/ }).optional(),
  defaultHeaders: z.record(headerName, headerValue).optional(),
  fetch: callable.optional(),
  models: z.record(z.string(), z.looseObject({})).optional(),
  fallbackModel: z
    .string()
    .min(1)
    .refine((name) => name !== 'auto', "expected the name of a model: 'auto' is none")
    .optional(),
  router: objectWith('routeRequest').optional(),
  preferences: preferences.optional(),
  rateLimits: z.looseObject({}).optional(),
  budgets: z.array(z.looseObject({})).optional(),
  credits: z
    .strictObject({
      lowThreshold: notNegative.optional(),
      criticalThreshold: notNegative.optional(),
      allotment: notNegative.optional(),
      creditsPerUsd: positive.optional(),
      unlimitedModels: modelNames.optional(),
      highCostModels: modelNames.optional(),
      allowUnpriced: z.boolean().optional(),
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
    })
    .optional(),
  retries: z
    .strictObject({ maxRetries: count.max(100).optional(), retryDelayMs: notNegative.optional() })
    .optional(),
  timeouts: z
    .strictObject({
      headersMs: positive.optional(),
      idleMs: positive.optional(),
      totalMs: positive.optional(),
    })
    .optional(),
  monitoring: z
    .strictObject({
      enabled: z.boolean().optional(),
      retentionDays: count.min(1).max(3650).optional(),
      alertWebhooks: z
        .array(z.unknown())
        .max(0, 'webhooks are not available yet: leave the list empty and use monitor.addAlertHandler()')
        .optional(),
      logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).optional(),
    })
    .optional(),
  stores: z
    .strictObject({
      limits: objectWith('take', 'record', 'refund', 'peek').optional(),
      budgets: objectWith('reserve', 'settle', 'release', 'balance').optional(),
      journal: objectWith('append', 'read').optional(),
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
  const issue = firstIssue(schema, options);
  if (issue === null) return;
  const field = fieldName(issue.path) || 'options';
  throw new ConfigurationError(
    field,
    issue.known === null
      ? `${field} is not valid: ${issue.message}.`
      : `${field} is not an option.${adviceOn(issue)}`,
  );
}
