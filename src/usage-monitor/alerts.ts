import type { RouteLLErrorCode } from '../errors.js';
import type { Alert, EventOf, EventType } from '../events.js';
import { OPEN_CALL_LIMIT } from './call-tracker.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, floorTo } from './rollups.js';
import { countRequest, createRequestRate, requestsInLastHour } from './request-rate.js';

/** An alert before it has an id. */
export type AlertDraft = Omit<Alert, 'id'>;

export interface AlertThresholds {
  /** Requests per hour at which `high-usage` fires; `null` never. */
  readonly requestsPerHour: number | null;
  /** USD in one UTC day at which `cost-threshold` fires; `null` never. */
  readonly dailyCostUsd: number | null;
}

/** The events alerts are made of. */
export const ALERT_SOURCES = [
  'attempt-start',
  'attempt-end',
  'attempt-error',
  'call-end',
  'call-error',
  'credits-low',
  'credits-critical',
  'budget-threshold',
  'model-degrade',
  'model-recover',
  'health-check',
] as const satisfies readonly EventType[];
export type AlertSource = (typeof ALERT_SOURCES)[number];
export type AlertSourceEvent = { [Type in AlertSource]: EventOf<Type> }[AlertSource];

/** Failures of calls within `BURST_WINDOW_MS` that make an `api-error`. */
const BURST_FAILURES = 5;
export const BURST_WINDOW_MS = 5 * MINUTE_MS;
/** What goes on is told again after this long. */
export const REMIND_AFTER_MS = HOUR_MS;
/** `high-usage` may fire again once the rate has been below this share of its threshold. */
const REARM_SHARE = 0.9;
/** Health checks in a row that make an `api-error`. */
const FAILED_CHECKS = 2;
/** Models whose degradation is remembered. */
const DEGRADED_LIMIT = 500;

/** Failures of the API itself; limits, budgets, aborts and bad arguments are not. */
const BURST_CODES: ReadonlySet<RouteLLErrorCode> = new Set([
  'upstream',
  'timeout',
  'malformed-response',
  'incomplete-stream',
  'all-models-failed',
]);

/** What no retry mends: told at the first failure. */
const AT_ONCE = {
  authentication: 'the key was refused: check it, and whether it belongs to this base URL',
  'credits-exhausted': 'the upstream has no credits left for this key: top up, or use unlimited models',
} as const;

/** What is remembered of one cause of `api-error`. */
interface Cause {
  lastMs: number;
  alertedMs: number | null;
}

/**
 * Turns events into alerts. Rules:
 * - `low-credits`, `critical-credits`, `budget-threshold`: whenever the crossing is told.
 * - `model-degraded`: once per model and provider until it recovers, and again after an hour.
 * - `api-error`: at the first refused key or exhausted balance; else at the fifth call in five minutes whose
 *   last attempt failed, which an answer that its schema refuses is not. Then silent until five minutes passed
 *   without such a failure, or an hour since the alert. Also at the second failed health check in a row of a provider.
 * - `high-usage`: the requests of the last hour, retries included, reach the threshold; again only after
 *   they were below 90 % of it.
 * - `cost-threshold`: the known cost of a UTC day reaches the threshold; once a day.
 *
 * It has no clock: `elapsedMs` is the caller's monotonic time.
 */
export class AlertRules {
  readonly #thresholds: AlertThresholds;
  readonly #rate = createRequestRate();
  readonly #failuresMs: number[] = [];
  readonly #causes = new Map<string, Cause>();
  readonly #degraded = new Map<string, number>();
  /** Calls under way whose last attempt failed. */
  readonly #failing = new Set<string>();
  /** Health checks that failed in a row, by provider. */
  readonly #failedChecks = new Map<string, number>();
  #isUsageArmed = true;
  #day = { startAt: 0, costUsd: 0, alerted: false };

  constructor(thresholds: AlertThresholds) {
    this.#thresholds = thresholds;
  }

  /** Requests sent upstream in the last hour, retries included, to the minute. */
  requestsPerHour(elapsedMs: number): number {
    return requestsInLastHour(this.#rate, elapsedMs);
  }

  /** The alerts an event gives rise to; most give none. */
  consider(event: AlertSourceEvent, elapsedMs: number): readonly AlertDraft[] {
    switch (event.type) {
      case 'attempt-start':
        return this.#usage(event.at, elapsedMs);
      case 'attempt-end':
        this.#failing.delete(event.callId);
        return [];
      case 'attempt-error':
        this.#remember(event.callId);
        return this.#refusal(event, elapsedMs, ` (${event.provider})`);
      case 'call-end':
        this.#failing.delete(event.callId);
        return this.#cost(event.at, event.costUsd);
      case 'call-error':
        return [
          ...this.#refusal(event, elapsedMs, ''),
          ...this.#burst(event, elapsedMs),
          ...this.#cost(event.at, event.costUsd),
        ];
      case 'credits-low':
      case 'credits-critical':
        return [creditsAlert(event)];
      case 'budget-threshold':
        return [budgetAlert(event)];
      case 'model-degrade':
        return this.#degrade(event, elapsedMs);
      case 'model-recover':
        this.#degraded.delete(`${event.provider} ${event.model}`);
        return [];
      case 'health-check':
        return this.#check(event);
    }
  }

  #usage(at: number, elapsedMs: number): AlertDraft[] {
    countRequest(this.#rate, elapsedMs);
    const threshold = this.#thresholds.requestsPerHour;
    if (threshold === null) return [];
    const value = requestsInLastHour(this.#rate, elapsedMs);
    if (value < threshold * REARM_SHARE) this.#isUsageArmed = true;
    if (value < threshold || !this.#isUsageArmed) return [];
    this.#isUsageArmed = false;
    const message = `${value} requests in the last hour reach the threshold of ${threshold}: slow down, or raise the limit`;
    return [{ type: 'high-usage', value, threshold, unit: 'requests/hour', at, message }];
  }

  #refusal(
    event: EventOf<'attempt-error'> | EventOf<'call-error'>,
    elapsedMs: number,
    where: string,
  ): AlertDraft[] {
    const { code } = event.error;
    if (code !== 'authentication' && code !== 'credits-exhausted') return [];
    if (!this.#isNews(code, elapsedMs)) return [];
    return [apiError({ value: 1, threshold: 1, at: event.at, message: `${code}${where}: ${AT_ONCE[code]}` })];
  }

  #burst(event: EventOf<'call-error'>, elapsedMs: number): AlertDraft[] {
    const didFail = this.#failing.delete(event.callId);
    if (!didFail || !BURST_CODES.has(event.error.code)) return [];
    this.#failuresMs.push(elapsedMs);
    if (this.#failuresMs.length > BURST_FAILURES) this.#failuresMs.shift();
    const [firstMs = elapsedMs] = this.#failuresMs;
    if (this.#failuresMs.length < BURST_FAILURES || elapsedMs - firstMs > BURST_WINDOW_MS) return [];
    if (!this.#isNews('burst', elapsedMs)) return [];
    const message = `${BURST_FAILURES} calls failed within ${BURST_WINDOW_MS / MINUTE_MS} minutes, the last with '${event.error.code}': check the upstream's status`;
    return [apiError({ value: BURST_FAILURES, threshold: BURST_FAILURES, at: event.at, message })];
  }

  /** A call whose end is never told, since nobody listened then, must not stay for ever. */
  #remember(callId: string): void {
    this.#failing.add(callId);
    if (this.#failing.size <= OPEN_CALL_LIMIT) return;
    const [oldest] = this.#failing;
    if (oldest !== undefined) this.#failing.delete(oldest);
  }

  #isNews(name: string, elapsedMs: number): boolean {
    const cause = this.#causes.get(name) ?? { lastMs: elapsedMs, alertedMs: null };
    this.#causes.set(name, cause);
    const isQuiet = elapsedMs - cause.lastMs > BURST_WINDOW_MS;
    cause.lastMs = elapsedMs;
    if (cause.alertedMs !== null && !isQuiet && elapsedMs - cause.alertedMs < REMIND_AFTER_MS) return false;
    cause.alertedMs = elapsedMs;
    return true;
  }

  #degrade(event: EventOf<'model-degrade'>, elapsedMs: number): AlertDraft[] {
    const key = `${event.provider} ${event.model}`;
    const alertedMs = this.#degraded.get(key);
    if (alertedMs !== undefined && elapsedMs - alertedMs < REMIND_AFTER_MS) return [];
    this.#degraded.delete(key);
    this.#degraded.set(key, elapsedMs);
    if (this.#degraded.size > DEGRADED_LIMIT) {
      const [oldest] = this.#degraded.keys();
      if (oldest !== undefined) this.#degraded.delete(oldest);
    }
    const message = `${event.model} at ${event.provider} is degraded (${event.reason}): left out for ${event.retryAfterMs} ms`;
    const { at, retryAfterMs: value } = event;
    return [{ type: 'model-degraded', value, threshold: 0, unit: 'ms', at, message }];
  }

  #check({ provider, success, at, error }: EventOf<'health-check'>): AlertDraft[] {
    const failures = success ? 0 : (this.#failedChecks.get(provider) ?? 0) + 1;
    this.#failedChecks.set(provider, failures);
    if (failures !== FAILED_CHECKS) return [];
    const message = `${provider} failed ${failures} health checks in a row: ${error?.message ?? 'it is not well'}`;
    return [apiError({ value: failures, threshold: FAILED_CHECKS, at, message })];
  }

  #cost(at: number, costUsd: number | null): AlertDraft[] {
    const threshold = this.#thresholds.dailyCostUsd;
    if (threshold === null || costUsd === null) return [];
    const startAt = floorTo(at, DAY_MS);
    if (startAt !== this.#day.startAt) this.#day = { startAt, costUsd: 0, alerted: false };
    const day = this.#day;
    day.costUsd += costUsd;
    if (day.alerted || day.costUsd < threshold) return [];
    day.alerted = true;
    const message = `the calls of this UTC day have cost ${Number(day.costUsd.toPrecision(4))} USD, at or above the threshold of ${threshold} USD`;
    return [{ type: 'cost-threshold', value: day.costUsd, threshold, unit: 'usd', at, message }];
  }
}

const apiError = (data: Pick<AlertDraft, 'value' | 'threshold' | 'at' | 'message'>): AlertDraft => ({
  type: 'api-error',
  unit: 'failures',
  ...data,
});

function creditsAlert(event: EventOf<'credits-low'> | EventOf<'credits-critical'>): AlertDraft {
  const { at, threshold, remainingCredits: value, unit } = event;
  return {
    type: event.type === 'credits-low' ? 'low-credits' : 'critical-credits',
    value,
    threshold,
    unit,
    at,
    message: `${Math.round(value * 100) / 100} ${unit} are left, at or below the threshold of ${threshold}: top up, or use unlimited models`,
  };
}

function budgetAlert(event: EventOf<'budget-threshold'>): AlertDraft {
  const { at, spent: value, limit, share, unit, scope } = event;
  const subject = scope === 'credits' ? 'the credits of the account' : `budget '${scope}'`;
  return {
    type: 'budget-threshold',
    value,
    threshold: limit * share,
    unit,
    at,
    message: `${subject}: ${Number(value.toPrecision(6))} of ${limit} ${unit} are spent (told at ${Math.round(share * 100)} %)`,
  };
}
