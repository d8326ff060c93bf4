import type { Clock } from '../clock.js';
import type { EventOf, EventSource, Unsubscribe } from '../events.js';
import type { RouteLLErrorCode } from '../types.js';
import { DAY_MS, floorTo } from './rollups.js';

/** How a provider was when it was last heard of. */
export interface ProviderHealth {
  /** `unknown` before the first answer. */
  readonly status: 'unknown' | 'ok' | 'failing';
  /** Epoch milliseconds of the last answer or failure; `null` before the first. */
  readonly lastCheckAt: number | null;
  readonly lastOkAt: number | null;
  /** What the last failure said; kept when it is well again. */
  readonly lastError: string | null;
}

/** What was asked of a provider by this client. */
export interface ProviderUsage {
  /** Attempts of the UTC day that is running. */
  readonly requestsToday: number;
  /** As the provider charged them. */
  readonly creditsUsedToday: number;
  readonly totalRequests: number;
  readonly totalCreditsUsed: number;
  /** Of the attempts whose cost is known. */
  readonly totalCostUsd: number;
}

/** Failures that say that the provider is not well. */
const FAILING: ReadonlySet<RouteLLErrorCode> = new Set([
  'upstream',
  'timeout',
  'malformed-response',
  'incomplete-stream',
  'authentication',
  'credits-exhausted',
]);

interface Figures {
  health: ProviderHealth;
  usage: ProviderUsage;
  dayAt: number;
}

const NO_HEALTH: ProviderHealth = { status: 'unknown', lastCheckAt: null, lastOkAt: null, lastError: null };
const NO_USAGE: ProviderUsage = {
  requestsToday: 0,
  creditsUsedToday: 0,
  totalRequests: 0,
  totalCreditsUsed: 0,
  totalCostUsd: 0,
};

/** Health and usage of each provider, for as long as the client lives, whether or not the usage monitor runs. */
export class ProviderFigures {
  readonly #clock: Clock;
  readonly #byProvider = new Map<string, Figures>();
  readonly #unsubscribes: readonly Unsubscribe[];

  constructor({ events, clock }: { readonly events: EventSource; readonly clock: Clock }) {
    this.#clock = clock;
    this.#unsubscribes = [
      events.on('attempt-start', ({ provider }) => {
        const figures = this.#of(provider);
        const { requestsToday, totalRequests } = figures.usage;
        figures.usage = {
          ...figures.usage,
          requestsToday: requestsToday + 1,
          totalRequests: totalRequests + 1,
        };
      }),
      events.on('credit-settle', (event) => this.#charge(event)),
      events.on('attempt-end', ({ provider, at }) => this.#hear(provider, at, null)),
      events.on('attempt-error', ({ provider, at, error }) => {
        if (FAILING.has(error.code)) this.#hear(provider, at, error.message);
      }),
      events.on('health-check', ({ provider, at, success, error }) => {
        this.#hear(provider, at, success ? null : (error?.message ?? 'it is not well'));
      }),
    ];
  }

  health(provider: string): ProviderHealth {
    return this.#of(provider).health;
  }

  usage(provider: string): ProviderUsage {
    return this.#of(provider).usage;
  }

  /** Stops counting; what was counted stays readable. */
  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
  }

  #of(provider: string): Figures {
    const dayAt = floorTo(this.#clock.now(), DAY_MS);
    let figures = this.#byProvider.get(provider);
    if (figures === undefined) {
      figures = { health: NO_HEALTH, usage: NO_USAGE, dayAt };
      this.#byProvider.set(provider, figures);
    }
    if (figures.dayAt !== dayAt) {
      figures.dayAt = dayAt;
      figures.usage = { ...figures.usage, requestsToday: 0, creditsUsedToday: 0 };
    }
    return figures;
  }

  #charge({ provider, charged, costUsd }: EventOf<'credit-settle'>): void {
    const figures = this.#of(provider);
    const credits = charged?.unit === 'credits' ? charged.amount : 0;
    const { usage } = figures;
    figures.usage = {
      ...usage,
      creditsUsedToday: usage.creditsUsedToday + credits,
      totalCreditsUsed: usage.totalCreditsUsed + credits,
      totalCostUsd: usage.totalCostUsd + (costUsd ?? 0),
    };
  }

  #hear(provider: string, at: number, failure: string | null): void {
    const figures = this.#of(provider);
    const { lastOkAt, lastError } = figures.health;
    figures.health = {
      status: failure === null ? 'ok' : 'failing',
      lastCheckAt: at,
      lastOkAt: failure === null ? at : lastOkAt,
      lastError: failure ?? lastError,
    };
  }
}
