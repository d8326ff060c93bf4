import type { EventBus } from '../events.js';
import type { AttemptRow } from '../stores.js';
import type { Charge, Logger, UsageMismatch } from '../types.js';
import { type Consumption, inUsd } from './attempt-cost.js';

/** By which part of the larger of the two a charge may depart from what was computed before it is told. */
const TOLERATED_SHARE = 0.02;
/** Compute points are whole: a charge in credits is exact to one of a hundred points. */
const ROUNDED_CREDITS = 0.01;
/** What sums of a few products of doubles may be off by. */
const ROUNDED_SHARE = 1e-9;
/** Names of models come from callers: a warning too many is better than a memory that grows. */
const MOST_WARNED = 1000;

/** How far what was charged is from what was computed. */
export interface ChargeDeviation {
  readonly computedUsd: number;
  readonly chargedUsd: number;
  /** The difference as a part of the larger of the two, 0..1. */
  readonly share: number;
}

/**
 * The deviation of a charge by more than 2 %; `null` where there is none, and where the two cannot be compared: no
 * price is known, or credits are charged and nobody says what they are worth.
 */
export function chargeDeviation(
  computedUsd: number | null,
  charged: Charge | null,
  creditsPerUsd: number | undefined,
): ChargeDeviation | null {
  const chargedUsd = charged === null ? null : inUsd(charged, creditsPerUsd);
  if (computedUsd === null || charged === null || chargedUsd === null) return null;
  const difference = Math.abs(chargedUsd - computedUsd);
  const roundedUsd =
    charged.unit === 'credits' ? (inUsd({ ...charged, amount: ROUNDED_CREDITS }, creditsPerUsd) ?? 0) : 0;
  if (difference <= roundedUsd) return null;
  const share = difference / Math.max(chargedUsd, computedUsd);
  return share > TOLERATED_SHARE + ROUNDED_SHARE ? { computedUsd, chargedUsd, share } : null;
}

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
  tell(row: AttemptRow, { mismatches = [] }: Consumption, at: number): void {
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
