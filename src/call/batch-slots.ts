import type Bottleneck from 'bottleneck';

/**
 * Runs jobs, so many at the same time, by priority among those that wait. A job that waits cannot be taken
 * back: hand over few ahead, and let them end at once where they are not wanted any more.
 */
export class BatchSlots {
  readonly #concurrency: number;
  #limiter: Promise<Bottleneck> | null = null;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** @param priority 0..9, lower first. */
  async run<T>(priority: number, job: () => Promise<T>): Promise<T> {
    this.#limiter ??= openLimiter(this.#concurrency);
    return (await this.#limiter).schedule({ priority }, job);
  }

  /** Once every job has ended: nothing stays behind. */
  async close(): Promise<void> {
    await (await this.#limiter)?.disconnect();
  }
}

/** Loaded with the first batch: it takes longer to load than the rest of the library. */
async function openLimiter(maxConcurrent: number): Promise<Bottleneck> {
  const { default: Limiter } = await import('bottleneck');
  return new Limiter({ maxConcurrent });
}
