import { ConfigurationError, InvalidRequestError } from '../errors.js';
import type { Clock } from '../clock.js';
import type { EventMap, EventSource } from '../events.js';
import type { CreditStatus, Logger } from '../types.js';
import type { AlertThresholds } from './alerts.js';
import { dateNamer, type DateNamer } from './analytics.js';
import { USAGE_DIMENSIONS, type UsageDimension } from './totals.js';

/** What the monitor listens to. With `emit`, as the library's own bus has it, it also tells there. */
export interface MonitoredEvents extends EventSource {
  emit?<Type extends 'alert' | 'usage-high'>(type: Type, data: EventMap[Type]): void;
}

export interface UsageMonitorOptions {
  /** Where calls are told: `client.events`. Without it there is nothing to count, as the logger is told. @default none */
  readonly events?: MonitoredEvents;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  /** The credits as they are known now. @default the last `credits-update` told */
  readonly status?: () => CreditStatus;
  /** The limit that `high-usage` is a share of; `null`: no such alert. @default 1000 */
  readonly requestsPerHour?: number | null;
  /** Share of `requestsPerHour` at which `high-usage` fires, above 0 and at most 1. @default 0.8 */
  readonly highUsageShare?: number;
  /** USD per UTC day at which `cost-threshold` fires; `null`: no such alert. @default null */
  readonly dailyCostThresholdUsd?: number | null;
  /** Whole days kept beside today. @default 30 */
  readonly retentionDays?: number;
  /** How many finished calls `recentCalls` holds. @default 100 */
  readonly recentCalls?: number;
  /** Told of alert handlers that fail, and where there is nothing to listen to. @default the console, from `warn` on */
  readonly logger?: Logger;
}

/** Which figures to give. */
export interface UsageAnalyticsQuery {
  /** Epoch milliseconds, inclusive. @default all that is kept */
  readonly from?: number;
  /** Epoch milliseconds, exclusive. @default now */
  readonly to?: number;
  /** Splits each of `days` by this. @default none */
  readonly groupBy?: UsageDimension;
  /** IANA name of the time zone that days are of. @default 'UTC' */
  readonly timeZone?: string;
}

export interface MonitorSettings {
  readonly retentionDays: number;
  readonly recentCalls: number;
  readonly thresholds: AlertThresholds;
}

/** Checks the numbers. @throws ConfigurationError naming the option */
export function resolveMonitorOptions(options: UsageMonitorOptions): MonitorSettings {
  const { retentionDays = 30, recentCalls = 100, highUsageShare = 0.8 } = options;
  const { requestsPerHour = 1000, dailyCostThresholdUsd = null } = options;
  check('retentionDays', retentionDays, 'a whole number of days, 1 to 3650', isWhole(retentionDays, 3650));
  check('recentCalls', recentCalls, 'a whole number, 1 to 10000', isWhole(recentCalls, 10_000));
  check('highUsageShare', highUsageShare, 'a number above 0, at most 1', isShare(highUsageShare));
  check('requestsPerHour', requestsPerHour, 'a number above 0, or null', isPositiveOrNull(requestsPerHour));
  check(
    'dailyCostThresholdUsd',
    dailyCostThresholdUsd,
    'USD above 0, or null',
    isPositiveOrNull(dailyCostThresholdUsd),
  );
  return {
    retentionDays,
    recentCalls,
    thresholds: {
      requestsPerHour: requestsPerHour === null ? null : requestsPerHour * highUsageShare,
      dailyCostUsd: dailyCostThresholdUsd,
    },
  };
}

export interface ResolvedQuery {
  readonly from: number;
  readonly to: number;
  readonly timeZone: string;
  readonly dateOf: DateNamer;
}

/** Checks a query and fills it in. @throws InvalidRequestError naming the argument */
export function resolveQuery(query: UsageAnalyticsQuery, now: number): ResolvedQuery {
  // What is counted at this very millisecond belongs to "until now".
  const { from = 0, to = now + 1, timeZone = 'UTC', groupBy } = query;
  checkInstant('from', from);
  checkInstant('to', to);
  if (from > to) throw new InvalidRequestError('from', `from: ${from} lies after to (${to}). Swap them.`);
  if (groupBy !== undefined && !USAGE_DIMENSIONS.includes(groupBy)) {
    throw new InvalidRequestError(
      'groupBy',
      `groupBy: expected one of ${USAGE_DIMENSIONS.join(', ')}, got '${groupBy}'.`,
    );
  }
  try {
    return { from, to, timeZone, dateOf: dateNamer(timeZone) };
  } catch (cause) {
    throw new InvalidRequestError(
      'timeZone',
      `timeZone: '${timeZone}' is unknown here. Use an IANA name, as 'Europe/Vienna', or 'UTC'.`,
      { cause },
    );
  }
}

function check(field: string, value: number | null, expected: string, isRight: boolean): void {
  if (!isRight) throw new ConfigurationError(field, `${field}: expected ${expected}, got ${String(value)}.`);
}

function checkInstant(field: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new InvalidRequestError(field, `${field}: expected epoch milliseconds, got ${value}.`);
}

const isWhole = (value: number, atMost: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= atMost;

const isShare = (value: number): boolean => Number.isFinite(value) && value > 0 && value <= 1;

const isPositiveOrNull = (value: number | null): boolean =>
  value === null || (Number.isFinite(value) && value > 0);
