import { chargeDeviation } from '../catalog/charge.js';
import type { EventBus } from '../events.js';
import type { AttemptRow } from '../stores.js';
import type { Logger, UsageMismatch } from '../types.js';

/** Names of models come from callers: a warning too many is better than a memory that grows. */
const MOST_WARNED = 1000;

/**
 * Tells where an upstream contradicts itself, or what we computed. They tell, they change nothing: each time as an
 * event, and once for each model as a warning.
 */
export class Discrepancies {
  readonly #events: EventBus;
  readonly #logger: Logger;
  readonly #creditsPerUsd: number | undefined;
  readonly #warned = new Set<string>();

  constructor(options: {
    readonly events: EventBus;
    readonly logger: Logger;
    readonly creditsPerUsd: number | undefined;
  }) {
    this.#events = options.events;
    this.#logger = options.logger;
    this.#creditsPerUsd = options.creditsPerUsd;
  }

  /** @param at Epoch milliseconds at which the attempt ended. */
  tell(row: AttemptRow, mismatches: readonly UsageMismatch[], at: number): void {
    const { callId, attemptId, model, provider } = row;
    const attempt = { callId, attemptId, at, model, provider };
    if (mismatches.length > 0) {
      this.#warnOnce(
        'usage',
        row,
        `reports a usage that does not add up: ${mismatches.map(words).join(', ')}`,
      );
      this.#events.emit('usage-mismatch', { ...attempt, mismatches });
    }
    // Our own count of a usage that nobody reported is no figure to hold a charge against.
    if (row.charged === null || row.usage === null || row.usage.estimated) return;
    const deviation = chargeDeviation(row.costUsd, row.charged, this.#creditsPerUsd);
    if (deviation === null) return;
    const { computedUsd, chargedUsd } = deviation;
    this.#warnOnce(
      'charge',
      row,
      `charged ${chargedUsd} USD for what comes to ${computedUsd} USD by its price: mend its prices in models`,
    );
    this.#events.emit('charge-deviation', { ...attempt, ...deviation, charged: row.charged });
  }

  #warnOnce(kind: string, { model, provider }: AttemptRow, what: string): void {
    const subject = `${kind} ${provider} ${model}`;
    if (this.#warned.has(subject)) return;
    if (this.#warned.size >= MOST_WARNED) this.#warned.clear();
    this.#warned.add(subject);
    this.#logger.warn(`${model} at ${provider} ${what}`);
  }
}

function words({ field, problem, reported, counted }: UsageMismatch): string {
  return `${field} (${problem}: ${reported ?? 'no count'} reported, ${counted} counted)`;
}
