import type { EventSink } from '../events.js';
import { checkProvider, type HealthCheck, type ProviderHealthCheck } from './health-check.js';
import type { Provider } from './provider.js';
import type { TimeAllowed } from './within-time.js';

export interface HealthChecksOptions {
  /** `signal` ends the checks for good. */
  readonly time: TimeAllowed;
  readonly events: EventSink;
  /** Milliseconds from one round to the next; `null` for none of their own accord. */
  readonly intervalMs: number | null;
}

/** Asks all providers whether they are well: when told to, and by itself at an interval. */
export class HealthChecks {
  readonly #providers: readonly Provider[];
  readonly #options: HealthChecksOptions;
  #stopTimer: () => void = () => undefined;
  #isStopped = false;

  constructor(providers: readonly Provider[], options: HealthChecksOptions) {
    this.#providers = providers;
    this.#options = options;
  }

  /** Begins the rounds of their own accord, where there is an interval. */
  start(): void {
    this.#schedule();
  }

  /** One round, each result told. Never rejects. */
  async check(): Promise<HealthCheck> {
    const { time } = this.#options;
    const checks = await Promise.all(
      this.#providers.map(async (provider) => {
        const check = await checkProvider(provider, time);
        this.#tell(check);
        return check;
      }),
    );
    const best = checks.find(({ success }) => success) ?? checks[0];
    if (best === undefined) throw new RangeError('a client has at least one provider');
    const { provider: _, ...shown } = best;
    return { ...shown, providers: checks };
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer();
  }

  #schedule(): void {
    const { intervalMs, time } = this.#options;
    if (intervalMs === null || this.#isStopped) return;
    this.#stopTimer = time.clock.startTimer(intervalMs, () => {
      void this.check().then(() => this.#schedule());
    });
  }

  #tell({ error, ...check }: ProviderHealthCheck): void {
    if (this.#isStopped) return;
    const told =
      error === undefined ? null : { code: error.code, message: error.message, retryable: error.retryable };
    this.#options.events.emit('health-check', { at: this.#options.time.clock.now(), ...check, error: told });
  }
}
