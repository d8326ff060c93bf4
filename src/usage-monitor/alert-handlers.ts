import { ConfigurationError } from '../errors.js';
import type { Alert, AlertType, Unsubscribe } from '../events.js';
import type { Logger } from '../types.js';
import type { AlertThresholds } from './alerts.js';

/** Every type of alert that this version can raise. */
export const RAISED_ALERT_TYPES = [
  'low-credits',
  'critical-credits',
  'high-usage',
  'budget-threshold',
  'cost-threshold',
  'api-error',
  'model-degraded',
] as const satisfies readonly AlertType[];
export type RaisedAlertType = (typeof RAISED_ALERT_TYPES)[number];

type Underscored<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}_${Underscored<Rest>}`
  : Name;

/** A type of alert, with hyphens or as the guide spells it, with underscores. */
export type AlertTypeName = RaisedAlertType | Underscored<RaisedAlertType>;

/**
 * Told of an alert. The guide's handlers get a number: here it is `alert.value`, beside its threshold and unit.
 */
export type AlertHandler = (alert: Alert) => unknown;

/** Who is to be told of which alerts. */
export class AlertHandlers {
  readonly #thresholds: AlertThresholds;
  readonly #logger: Logger;
  readonly #byType = new Map<AlertType, Set<{ readonly handler: AlertHandler }>>();

  constructor(thresholds: AlertThresholds, logger: Logger) {
    this.#thresholds = thresholds;
    this.#logger = logger;
  }

  /** The same handler added twice is called twice, and removed one by one. */
  add(type: unknown, handler: AlertHandler): Unsubscribe {
    const known = this.#knownType(type);
    if (typeof handler !== 'function') {
      throw new ConfigurationError('handler', `handler: expected a function, got ${describe(handler)}.`);
    }
    const handlers = this.#byType.get(known) ?? new Set();
    this.#byType.set(known, handlers);
    const entry = { handler };
    handlers.add(entry);
    return () => {
      handlers.delete(entry);
    };
  }

  call(alert: Alert): void {
    const report = (error: unknown): void => {
      this.#logger.error(`a handler of '${alert.type}' alerts failed`, { error: String(error) });
    };
    for (const { handler } of [...(this.#byType.get(alert.type) ?? [])]) {
      try {
        const returned = handler(alert);
        if (returned instanceof Promise) returned.catch(report);
      } catch (error) {
        report(error);
      }
    }
  }

  #knownType(type: unknown): RaisedAlertType {
    const spelled = String(type).replaceAll('_', '-');
    const known = RAISED_ALERT_TYPES.find((name) => name === spelled);
    if (known === undefined) {
      const why = spelled === 'unusual-usage' ? ' is not detected yet' : ' is unknown';
      throw new ConfigurationError(
        'type',
        `type: the alert type '${String(type)}'${why}. Use one of ${RAISED_ALERT_TYPES.join(', ')}.`,
      );
    }
    if (known === 'high-usage' && this.#thresholds.requestsPerHour === null) {
      throw new ConfigurationError(
        'requestsPerHour',
        "requestsPerHour: 'high-usage' can never fire without a limit per hour. Set rateLimits.requestsPerHour of the client, or requestsPerHour of a monitor of your own.",
      );
    }
    if (known === 'cost-threshold' && this.#thresholds.dailyCostUsd === null) {
      throw new ConfigurationError(
        'dailyCostThresholdUsd',
        "dailyCostThresholdUsd: 'cost-threshold' can never fire without it. Give a sum in USD per day as monitoring.dailyCostThresholdUsd of the client, or to a monitor of your own.",
      );
    }
    return known;
  }
}

const describe = (value: unknown): string => (value === null ? 'null' : typeof value);
