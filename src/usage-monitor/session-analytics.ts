import type { Clock } from '../clock.js';
import { systemClock } from '../clock.js';
import type { EventOf, EventSource, Unsubscribe } from '../events.js';
import { MINUTE_MS } from './rollups.js';
import { GROUP_LIMIT, OTHER_GROUP } from './totals.js';

/** What a client has done since it was made. */
export interface SessionAnalyticsSnapshot {
  readonly sessionDurationMinutes: number;
  /** Calls that ended, well or badly. */
  readonly totalRequests: number;
  /** 0..100; 0 before the first call. */
  readonly successRate: number;
  /** USD, failed calls included, of the calls whose cost is known. */
  readonly estimatedTotalCost: number;
  /** USD over the calls whose cost is known; 0 where there is none. */
  readonly avgCostPerRequest: number;
  /** Calls in none of the cost figures, because the price of an attempt is unknown. */
  readonly unknownCostRequests: number;
  readonly routing: {
    /** Decisions by chosen model; an explicit model is no decision. Names beyond 200 are `other`. */
    readonly modelUsageDistribution: Readonly<Record<string, number>>;
    /** Decisions by task type. */
    readonly taskTypeDistribution: Readonly<Record<string, number>>;
    readonly totalRoutingDecisions: number;
  };
}

export interface SessionAnalyticsOptions {
  readonly events: EventSource;
  /** @default the clock of the machine */
  readonly clock?: Clock;
}

/** Counts the calls of one client for as long as it lives, whether or not the usage monitor runs. */
export class SessionAnalytics {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #unsubscribes: readonly Unsubscribe[];
  readonly #models = new Map<string, number>();
  readonly #tasks = new Map<string, number>();
  #decisions = 0;
  #requests = 0;
  #successes = 0;
  #costUsd = 0;
  #unknownCostRequests = 0;

  constructor({ events, clock = systemClock }: SessionAnalyticsOptions) {
    this.#clock = clock;
    this.#startedMs = clock.monotonic();
    this.#unsubscribes = [
      events.on('call-end', (event) => this.#end(event)),
      events.on('call-error', (event) => this.#end(event)),
      events.on('route-select', (event) => {
        this.#decisions += 1;
        countUp(this.#models, event.model);
        countUp(this.#tasks, event.taskType);
      }),
    ];
  }

  snapshot(): SessionAnalyticsSnapshot {
    const priced = this.#requests - this.#unknownCostRequests;
    return {
      sessionDurationMinutes: (this.#clock.monotonic() - this.#startedMs) / MINUTE_MS,
      totalRequests: this.#requests,
      successRate: this.#requests === 0 ? 0 : (100 * this.#successes) / this.#requests,
      estimatedTotalCost: this.#costUsd,
      avgCostPerRequest: priced === 0 ? 0 : this.#costUsd / priced,
      unknownCostRequests: this.#unknownCostRequests,
      routing: {
        modelUsageDistribution: Object.fromEntries(this.#models),
        taskTypeDistribution: Object.fromEntries(this.#tasks),
        totalRoutingDecisions: this.#decisions,
      },
    };
  }

  /** Stops counting; what was counted stays readable. */
  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }

  #end(event: EventOf<'call-end'> | EventOf<'call-error'>): void {
    this.#requests += 1;
    if (event.type === 'call-end') this.#successes += 1;
    if (event.costUsd === null) this.#unknownCostRequests += 1;
    else this.#costUsd += event.costUsd;
  }
}

function countUp(counts: Map<string, number>, name: string): void {
  const key = counts.has(name) || counts.size < GROUP_LIMIT ? name : OTHER_GROUP;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
