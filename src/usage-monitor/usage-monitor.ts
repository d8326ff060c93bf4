import { systemClock, type Clock } from '../clock.js';
import { consoleLogger } from '../console-logger.js';
import type { Alert, EventOf, Unsubscribe } from '../events.js';
import type { CreditStatus, CreditStatusSource, CreditUnit, Logger, SpendingPattern } from '../types.js';
import { AlertHandlers, type AlertHandler, type AlertTypeName } from './alert-handlers.js';
import {
  ALERT_SOURCES,
  AlertRules,
  type AlertDraft,
  type AlertSource,
  type AlertSourceEvent,
} from './alerts.js';
import { dateOfBucket, daysOf, statsByName, statsOf, sumBuckets } from './analytics.js';
import type { DateNamer, UsageAnalytics, UsageStats } from './analytics.js';
import { CallTracker, type RecentCall } from './call-tracker.js';
import { createSpendHistory, projectMonth, recordSpend, type MonthProjection } from './forecast.js';
import { resolveMonitorOptions, resolveQuery } from './monitor-options.js';
import type { MonitoredEvents, UsageAnalyticsQuery, UsageMonitorOptions } from './monitor-options.js';
import { Ring } from './ring.js';
import { spendingOf } from './spending.js';
import { HOUR_MS, createRollups, readRollups, recordSample, utcDay, type Rollups } from './rollups.js';
import { emptyTotals } from './totals.js';

/** How things stand now. */
export interface UsageStatus extends MonthProjection {
  readonly running: boolean;
  /** `null` is unknown, as before the account was first read: `await client.getCreditStatus()` reads it. */
  readonly creditsRemaining: number | null;
  /** What they are counted in: `credits`, or a currency as `usd`. */
  readonly creditsUnit: CreditUnit;
  readonly creditsSource: CreditStatusSource;
  /** The UTC day that is running. */
  readonly dailyUsage: {
    readonly requests: number;
    readonly tokens: number;
    /** Of the calls whose cost is known. */
    readonly costUsd: number;
    readonly unknownCostRequests: number;
    /** As the upstream charged them; `null` where it told none. */
    readonly credits: number | null;
  };
  /** Requests sent upstream in the last hour, retries included, to the minute. */
  readonly requestsPerHour: number;
  /** The last alerts, newest first. */
  readonly recentAlerts: readonly Alert[];
  /** The last calls, newest first, without content. */
  readonly recentCalls: readonly RecentCall[];
}

const RECENT_ALERTS = 50;
/** The longest local day has 25 hours; one more for time zones that are off the hour. */
const LONGEST_DAY_MS = 26 * HOUR_MS;

/**
 * Counts what calls used and cost, and alerts. It listens and decides nothing: switching it off changes no
 * call. Everything is in memory and bounded: figures per minute for 3 hours, per quarter-hour for 48 hours,
 * per hour for 8 days, per UTC day for `retentionDays`; in each the 200 busiest names and `other`. Only what
 * is told while it runs is counted.
 *
 * @throws ConfigurationError naming an option that makes no sense
 */
export class UsageMonitor {
  readonly #events: MonitoredEvents | undefined;
  readonly #clock: Clock;
  readonly #status: (() => CreditStatus) | undefined;
  readonly #logger: Logger;
  readonly #rules: AlertRules;
  readonly #handlers: AlertHandlers;
  readonly #rollups: Rollups;
  readonly #spend = createSpendHistory();
  readonly #calls = new CallTracker();
  readonly #recentCalls: Ring<RecentCall>;
  readonly #recentAlerts = new Ring<Alert>(RECENT_ALERTS);
  #unsubscribes: Unsubscribe[] | null = null;
  #lastCredits: CreditStatus | null = null;
  #alertCount = 0;

  constructor(options: UsageMonitorOptions = {}) {
    const { retentionDays, recentCalls, thresholds } = resolveMonitorOptions(options);
    this.#events = options.events;
    this.#clock = options.clock ?? systemClock;
    this.#status = options.status;
    this.#logger = options.logger ?? consoleLogger('warn');
    this.#rules = new AlertRules(thresholds);
    this.#handlers = new AlertHandlers(thresholds, this.#logger);
    this.#rollups = createRollups(retentionDays);
    this.#recentCalls = new Ring(recentCalls);
  }

  get running(): boolean {
    return this.#unsubscribes !== null;
  }

  /** Begins to listen; does nothing where it does already. */
  startMonitoring(): void {
    if (this.#unsubscribes !== null) return;
    const events = this.#events;
    this.#spend.sinceAt ??= this.#clock.now();
    if (events === undefined) {
      this.#unsubscribes = [];
      this.#logger.warn(
        'the usage monitor has nothing to listen to: give it `events: client.events`, or use client.monitor',
      );
      return;
    }
    this.#unsubscribes = [
      events.on('call-start', (event) => this.#calls.start(event)),
      events.on('credits-update', (event) => {
        this.#lastCredits = event;
      }),
      events.on('attempt-start', (event) => this.#calls.attempt(event)),
      events.on('call-end', (event) => this.#count(event)),
      events.on('call-error', (event) => this.#count(event)),
      ...ALERT_SOURCES.map((type) =>
        events.on<AlertSource>(type, (event) => this.#consider(event as AlertSourceEvent)),
      ),
    ];
  }

  /** Stops listening; does nothing where it does not listen. What was counted stays readable. */
  stopMonitoring(): void {
    for (const unsubscribe of this.#unsubscribes ?? []) unsubscribe();
    this.#unsubscribes = null;
    this.#calls.clear();
  }

  /**
   * Has `handler` called with each alert of a type. A handler that throws or rejects reaches the logger only.
   *
   * @param type As `low-credits`, or `low_credits`. `unusual-usage` is not detected yet and is refused;
   * `cost-threshold` needs `dailyCostThresholdUsd`; `high-usage` fires only under a `requestsPerHour`.
   * @returns stops calling it
   * @throws ConfigurationError for a type that is unknown or cannot fire, and for what is no function
   */
  addAlertHandler(type: AlertTypeName, handler: AlertHandler): Unsubscribe {
    return this.#handlers.add(type, handler);
  }

  /** Credits, the day's usage, the month's projected cost (USD), the last calls and alerts. */
  getCurrentStatus(): UsageStatus {
    const now = this.#clock.now();
    const credits = this.#status === undefined ? this.#lastCredits : this.#status();
    const today = statsOf(utcDay(this.#rollups, now)?.totals ?? emptyTotals());
    return {
      running: this.running,
      creditsRemaining: credits?.remainingCredits ?? null,
      creditsUnit: credits?.unit ?? 'credits',
      creditsSource: credits?.source ?? 'unknown',
      dailyUsage: {
        requests: today.totalRequests,
        tokens: today.totalTokens,
        costUsd: today.totalCostUsd,
        unknownCostRequests: today.unknownCostRequests,
        credits: today.totalCredits,
      },
      ...projectMonth(this.#spend, now),
      requestsPerHour: this.#rules.requestsPerHour(this.#clock.monotonic()),
      recentAlerts: this.#recentAlerts.newestFirst(),
      recentCalls: this.#recentCalls.newestFirst(),
    };
  }

  /**
   * Figures of a range, whole and by day, model, provider, task and tag.
   *
   * @throws InvalidRequestError for a range, time zone or grouping that makes no sense
   */
  getUsageAnalytics(query: UsageAnalyticsQuery = {}): UsageAnalytics {
    const now = this.#clock.now();
    const { from, to, timeZone, dateOf } = resolveQuery(query, now);
    const reading = readRollups(this.#rollups, { from, to, now });
    const { totals, groups, errorsByCode } = sumBuckets(reading.buckets);
    return {
      from: reading.from,
      to: reading.to,
      timeZone,
      dailyStats: this.#todayIn(dateOf, now),
      totals: statsOf(totals),
      days: daysOf(reading.buckets, dateOf, query.groupBy),
      byModel: statsByName(groups.model),
      byProvider: statsByName(groups.provider),
      byTask: statsByName(groups.task),
      byTag: statsByName(groups.tag),
      errorsByCode: Object.fromEntries(errorsByCode),
    };
  }

  /** What was spent by task and weekday of all days kept, and by hour of the last eight. */
  getSpendingPattern(): SpendingPattern {
    const now = this.#clock.now();
    return spendingOf(readRollups(this.#rollups, { from: 0, to: now + 1, now }).buckets);
  }

  #todayIn(dateOf: DateNamer, now: number): UsageStats {
    const { buckets } = readRollups(this.#rollups, { from: now - LONGEST_DAY_MS, to: now + 1, now });
    const today = dateOf(now);
    return statsOf(sumBuckets(buckets.filter((bucket) => dateOfBucket(bucket, dateOf) === today)).totals);
  }

  #count(event: EventOf<'call-end'> | EventOf<'call-error'>): void {
    const call = this.#calls.end(event);
    recordSample(this.#rollups, call);
    if (call.costUsd !== null && !call.cached) recordSpend(this.#spend, call.at, call.costUsd);
    this.#recentCalls.push(call);
  }

  #consider(event: AlertSourceEvent): void {
    for (const draft of this.#rules.consider(event, this.#clock.monotonic())) this.#tell(draft);
  }

  #tell(draft: AlertDraft): void {
    this.#alertCount += 1;
    const alert: Alert = { id: `alert_${draft.at}_${this.#alertCount}`, ...draft };
    this.#recentAlerts.push(alert);
    if (alert.type === 'high-usage') {
      const { at, value: requestsPerHour, threshold } = alert;
      this.#events?.emit?.('usage-high', { at, requestsPerHour, threshold });
    }
    this.#events?.emit?.('alert', { at: alert.at, alert });
    this.#handlers.call(alert);
  }
}
