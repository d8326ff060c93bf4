import { ConfigurationError } from '../errors.js';
import { didYouMean } from '../nearest-name.js';
import type { LimitWindow } from '../stores.js';

/** How much may be sent. Whole numbers of at least 1; `null` is no limit of that kind. */
export interface RateLimits {
  /** Requests in any 60 seconds. @default 60 */
  readonly requestsPerMinute?: number | null;
  /** Requests in any 3,600 seconds. @default 1000 */
  readonly requestsPerHour?: number | null;
  /**
   * Requests at once, from a bucket that refills at the rate of the minute, or of the hour where the
   * minute has no limit; without either there is no rate, and it is not applied. @default 10
   */
  readonly burst?: number | null;
  /** Input and output tokens in any 60 seconds. @default null */
  readonly tokensPerMinute?: number | null;
  /** Requests in flight together, within this process. @default null */
  readonly maxConcurrent?: number | null;
  /**
   * Whether an upstream that limits the rate holds back every call of its account for as long as it asks;
   * otherwise only the call that it refused. @default true
   */
  readonly adaptive?: boolean;
}

/** Limits with every default filled in. */
export type ResolvedRateLimits = Required<RateLimits>;

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const DEFAULTS: ResolvedRateLimits = {
  requestsPerMinute: 60,
  requestsPerHour: 1000,
  burst: 10,
  tokensPerMinute: null,
  maxConcurrent: null,
  adaptive: true,
};

/**
 * @param field Where they stand.
 * @throws ConfigurationError with field `<field>.<name>`
 */
export function resolveRateLimits(limits: RateLimits = {}, field = 'rateLimits'): ResolvedRateLimits {
  const given: unknown = limits;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ConfigurationError(field, `${field}: expected an object, as { requestsPerMinute: 60 }.`);
  }
  const resolved: Record<string, number | boolean | null> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (!Object.hasOwn(DEFAULTS, name)) {
      const hint = didYouMean(name, Object.keys(DEFAULTS));
      throw new ConfigurationError(`${field}.${name}`, `${field}.${name}: there is no such limit.${hint}`);
    }
    if (value === undefined) continue;
    if (name === 'adaptive' ? typeof value !== 'boolean' : !isLimit(value)) {
      throw notALimit(field, name, value);
    }
    resolved[name] = value as number | boolean | null;
  }
  return resolved as unknown as ResolvedRateLimits;
}

function isLimit(value: unknown): boolean {
  return value === null || (Number.isSafeInteger(value) && (value as number) >= 1);
}

function notALimit(field: string, name: string, value: unknown): ConfigurationError {
  const expected =
    name === 'adaptive'
      ? `expected true or false, got ${shown(value)}.`
      : `expected a whole number of at least 1, got ${shown(value)}. Use null for no limit.`;
  return new ConfigurationError(`${field}.${name}`, `${field}.${name}: ${expected}`);
}

/** The windows that keep the limits: the minute and the hour exactly, the burst as a bucket. */
export function limitWindows(limits: ResolvedRateLimits): readonly LimitWindow[] {
  const { requestsPerMinute, requestsPerHour, burst, tokensPerMinute } = limits;
  const windows: LimitWindow[] = [];
  const refillMs =
    requestsPerMinute !== null
      ? MINUTE_MS / requestsPerMinute
      : requestsPerHour !== null
        ? HOUR_MS / requestsPerHour
        : null;
  if (burst !== null && refillMs !== null) {
    windows.push({
      name: 'burst',
      unit: 'requests',
      kind: 'bucket',
      limit: burst,
      windowMs: burst * refillMs,
    });
  }
  const sliding = (name: string, unit: LimitWindow['unit'], limit: number | null, windowMs: number): void => {
    if (limit !== null) windows.push({ name, unit, kind: 'sliding', limit, windowMs });
  };
  sliding('minute', 'requests', requestsPerMinute, MINUTE_MS);
  sliding('hour', 'requests', requestsPerHour, HOUR_MS);
  sliding('tokens-minute', 'tokens', tokensPerMinute, MINUTE_MS);
  return windows;
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}
