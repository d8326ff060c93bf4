import type { Clock } from '../clock.js';
import type { ListedModel, Logger } from '../types.js';
import type { Provider } from './provider.js';
import { withinTime } from './within-time.js';

export interface ModelListingOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with each listing that was read. */
  readonly onListing: (provider: Provider, models: readonly ListedModel[]) => void;
  /** How long a listing is taken as fresh. @default 300_000 */
  readonly maxAgeMs?: number;
  /** How long a failed reading is not repeated. @default 10_000 */
  readonly retryAfterMs?: number;
  /** How long a reading may take. @default 5_000 */
  readonly timeoutMs?: number;
  /** Ends a reading under way, and any that begins later. @default never */
  readonly signal?: AbortSignal;
}

/** What a provider lists, read lazily, kept, and renewed behind the caller's back. */
export class ModelListing {
  readonly #provider: Provider;
  readonly #options: Required<Omit<ModelListingOptions, 'signal'>> & Pick<ModelListingOptions, 'signal'>;
  #models: readonly ListedModel[] | null = null;
  /** Monotonic instant from which on a new reading is due. */
  #dueMs = -Infinity;
  #reading: Promise<readonly ListedModel[]> | null = null;

  constructor(provider: Provider, options: ModelListingOptions) {
    this.#provider = provider;
    this.#options = { maxAgeMs: 300_000, retryAfterMs: 10_000, timeoutMs: 5_000, ...options };
  }

  /**
   * The listing, at once where there is one, even if a newer one is being read;
   * `null` where none can be had.
   */
  models(): readonly ListedModel[] | null | Promise<readonly ListedModel[] | null> {
    const isDue = this.#options.clock.monotonic() >= this.#dueMs;
    if (!isDue) return this.#models;
    const reading = this.refresh().catch(() => this.#models);
    return this.#models ?? reading;
  }

  /** Reads the listing now; readings at the same time are one. Rejects with the provider's error. */
  refresh(): Promise<readonly ListedModel[]> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(): Promise<readonly ListedModel[]> {
    const { clock, logger, timeoutMs, signal, maxAgeMs, retryAfterMs, onListing } = this.#options;
    try {
      const models = await withinTime(this.#provider, { clock, timeoutMs, signal }, (options) =>
        this.#provider.models(options),
      );
      this.#models = models;
      this.#dueMs = clock.monotonic() + maxAgeMs;
      onListing(this.#provider, models);
      return models;
    } catch (error) {
      this.#dueMs = clock.monotonic() + retryAfterMs;
      logger.debug(`the models of ${this.#provider.id} could not be listed`, { error: String(error) });
      throw error;
    }
  }
}
