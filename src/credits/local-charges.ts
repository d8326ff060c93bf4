import type { CreditUnit } from '../types.js';
import { type AttemptCost, costIn, knownCost, type MoneyUnit } from './booking.js';

/** Over which time charges are summed. */
export type ChargedSpan = 'all' | 'since-reading' | 'while-reading';

type Sums = Record<ChargedSpan, number | null>;

const nothing = (): Sums => ({ all: null, 'since-reading': null, 'while-reading': null });

/**
 * What was charged to this client, in credits and in USD apart: which of them the account is counted in, is known
 * only once its page was read. `null`: nothing that is known in that unit.
 */
export class LocalCharges {
  readonly #sums: Readonly<Record<MoneyUnit, Sums>> = { credits: nothing(), usd: nothing() };
  readonly #creditsPerUsd: number | null;

  constructor(creditsPerUsd: number | null) {
    this.#creditsPerUsd = creditsPerUsd;
  }

  /** @returns whether it is known in a unit. */
  record(cost: AttemptCost): (unit: CreditUnit) => boolean {
    const known = knownCost(cost);
    const counted: CreditUnit[] = [];
    for (const unit of ['credits', 'usd'] as const) {
      const amount = costIn(unit, known, this.#creditsPerUsd);
      if (amount === null) continue;
      counted.push(unit);
      const sums = this.#sums[unit];
      for (const span of Object.keys(sums) as ChargedSpan[]) sums[span] = (sums[span] ?? 0) + amount;
    }
    return (unit) => counted.includes(unit);
  }

  sum(unit: CreditUnit, span: ChargedSpan): number | null {
    return unit === 'credits' || unit === 'usd' ? this.#sums[unit][span] : null;
  }

  beginReading(): void {
    for (const sums of Object.values(this.#sums)) sums['while-reading'] = null;
  }

  /** The page stands for all that was charged before it was asked for. */
  endReading(): void {
    for (const sums of Object.values(this.#sums)) sums['since-reading'] = sums['while-reading'];
  }
}
