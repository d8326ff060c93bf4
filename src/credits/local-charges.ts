import type { CreditUnit } from '../types.js';
import { type AttemptCost, costIn, knownCost, type MoneyUnit } from './booking.js';
import { type PageNews, UnseenCharges } from './unseen-charges.js';

/** Over which time charges are summed. */
type ChargedSpan = 'all' | 'since-reading' | 'while-reading';

type Sums = Record<ChargedSpan, number | null>;

const nothing = (): Sums => ({ all: null, 'since-reading': null, 'while-reading': null });

/**
 * What was charged to this client, in credits and in USD apart: which of them the account is counted in, is known
 * only once its page was read. `null`: nothing that is known in that unit.
 */
export class LocalCharges {
  readonly #sums: Readonly<Record<MoneyUnit, Sums>> = { credits: nothing(), usd: nothing() };
  readonly #unseen: Readonly<Record<MoneyUnit, UnseenCharges>> = {
    credits: new UnseenCharges(),
    usd: new UnseenCharges(),
  };
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

  /** All that was charged here. */
  total(unit: MoneyUnit): number | null {
    return this.#sums[unit].all;
  }

  /** What the page, as it was last read, does not know of. */
  beyondPage(unit: CreditUnit): number | null {
    if (unit !== 'credits' && unit !== 'usd') return null;
    const since = this.#sums[unit]['since-reading'];
    const unseen = this.#unseen[unit].sum;
    return since === null && unseen === 0 ? null : (since ?? 0) + unseen;
  }

  beginReading(): void {
    for (const sums of Object.values(this.#sums)) sums['while-reading'] = null;
  }

  /** The page stands for what was charged before it was asked for, but for what it is too late to know of. */
  endReading(news: PageNews): void {
    for (const unit of ['credits', 'usd'] as const) {
      const sums = this.#sums[unit];
      const { 'since-reading': since, 'while-reading': meanwhile } = sums;
      this.#unseen[unit].read((since ?? 0) - (meanwhile ?? 0), news);
      sums['since-reading'] = meanwhile;
    }
  }
}
