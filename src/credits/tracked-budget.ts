import type { BudgetEntry } from '../stores.js';
import { boundIn, type MoneyUnit } from './booking.js';
import { accountOf, resetsAt, scopeOf, type Budget, type BudgetMoment } from './budgets.js';
import { isShareSpent, TOLD_SHARES } from './told-shares.js';

/** An attempt's part in one budget: what was reserved, and where it will be settled. */
export interface Booking {
  readonly tracked: TrackedBudget;
  readonly entry: BudgetEntry;
  /** The most it may cost, in the unit of the budget; `null` where that is unknown. */
  readonly bound: number | null;
}

/**
 * Reserved where the cost of an attempt cannot be known beforehand, so that a budget with nothing left
 * refuses it. In credits; small beside any charge, large beside rounding.
 */
const NOMINAL_CREDITS = 1e-6;

/** What is never refused is told to be spent, too. */
const SHARES_OF_SOFT = [...TOLD_SHARES, 1];

/** Accounts that are remembered; beyond it the oldest go, and a threshold may be told again. */
const TOLD_ACCOUNTS = 10_000;

/** One budget and what the ledger remembers of it: its current period, and the thresholds it told. */
export class TrackedBudget {
  readonly budget: Budget;
  readonly unit: MoneyUnit;
  readonly limit: number;
  readonly hard: boolean;
  readonly scope: string;
  /** Path of the limit, as `budgets[0].limitUsd`. */
  readonly field: string;
  readonly #place: number;
  readonly #shares: readonly number[];
  /** How many thresholds were told of each account. */
  readonly #told = new Map<string, number>();
  #current = { from: Infinity, until: -Infinity, account: '' };

  /**
   * @param index its place among all budgets
   * @param place its place among those that count the same
   */
  constructor(budget: Budget, index: number, place: number) {
    this.budget = budget;
    this.unit = budget.limitUsd === undefined ? 'credits' : 'usd';
    this.limit = budget.limitUsd ?? budget.limitCredits ?? 0;
    this.hard = budget.mode !== 'soft';
    this.scope = scopeOf(budget);
    this.field = `budgets[${index}].${budget.limitUsd === undefined ? 'limitCredits' : 'limitUsd'}`;
    this.#place = place;
    this.#shares = this.hard ? TOLD_SHARES : SHARES_OF_SOFT;
  }

  /** The account of the period at a moment. Calendars are consulted once per period. */
  accountAt(moment: BudgetMoment): string {
    const { now } = moment;
    if (this.#current.from <= now && now < this.#current.until) return this.#current.account;
    const account = accountOf(this.budget, this.#place, moment);
    const until = resetsAt(this.budget, now);
    if (until !== null) this.#current = { from: now, until, account };
    return account;
  }

  resetsAt(now: number): number | null {
    if (this.#current.from <= now && now < this.#current.until) return this.#current.until;
    return resetsAt(this.budget, now);
  }

  /**
   * What an attempt reserves. What costs nothing is never refused, nor is what nobody can price
   * where that is allowed.
   */
  book(account: string, boundUsd: number | null, creditsPerUsd: number | null): Booking {
    const bound = boundIn(this.unit, boundUsd, creditsPerUsd);
    const amount = bound ?? (this.hard && this.#countsLater(creditsPerUsd) ? NOMINAL_CREDITS : 0);
    return {
      tracked: this,
      entry: { account, amount, limit: this.hard && amount > 0 ? this.limit : null },
      bound,
    };
  }

  /** Whether an attempt of this bound could pass the limit unseen: a hard limit, and no price to hold to it. */
  needsPrice(booking: Booking, creditsPerUsd: number | null): boolean {
    return this.hard && booking.bound === null && !this.#countsLater(creditsPerUsd);
  }

  /** The shares of the limit that were reached and not told yet, lowest first; they now count as told. */
  crossings(account: string, spent: number): readonly number[] {
    const reached = this.#shares.filter((share) => isShareSpent(share, spent, this.limit)).length;
    const told = this.#told.get(account) ?? 0;
    if (reached <= told) return [];
    const [oldest] = this.#told.keys();
    if (told === 0 && oldest !== undefined && this.#told.size >= TOLD_ACCOUNTS) this.#told.delete(oldest);
    this.#told.set(account, reached);
    return this.#shares.slice(told, reached);
  }

  /** Whether every threshold of the account was told. */
  toldAll(account: string): boolean {
    return this.#told.get(account) === this.#shares.length;
  }

  #countsLater(creditsPerUsd: number | null): boolean {
    return this.unit === 'credits' && creditsPerUsd === null;
  }
}

/** The budgets as tracked. Those that count the same are told apart by their order. */
export function trackBudgets(budgets: readonly Budget[]): readonly TrackedBudget[] {
  const nowhere: BudgetMoment = { callId: '', session: '', now: 0 };
  const places = new Map<string, number>();
  return budgets.map((budget, index) => {
    const alike = accountOf(budget, 0, nowhere);
    const place = places.get(alike) ?? 0;
    places.set(alike, place + 1);
    return new TrackedBudget(budget, index, place);
  });
}
