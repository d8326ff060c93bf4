import { systemClock, type Clock } from '../clock.js';
import type { EventBus } from '../events.js';
import type { AccountBalance, BudgetsStore } from '../stores.js';
import { memoryBudgetsStore } from '../stores/memory-budgets.js';
import type { Logger, MaybePromise } from '../types.js';
import { checkRate, costIn, creditIn, knownCost, type AttemptCost, type MoneyUnit } from './booking.js';
import { budgetApplies, validateBudgets, type Budget, type BudgetMoment } from './budgets.js';
import { budgetExceeded, leftOf } from './denial.js';
import { after, all } from './maybe-promise.js';
import { checkBound, type ReservationLease, type ReservationRequest } from './reservation.js';
import { trackBudgets, type Booking, type TrackedBudget } from './tracked-budget.js';

export interface LedgerOptions {
  /** @default none */
  readonly budgets?: readonly Budget[];
  /** @default in memory */
  readonly store?: BudgetsStore;
  /** @default the clock of the machine */
  readonly clock?: Clock;
  readonly events?: EventBus;
  readonly logger?: Logger;
  /** What a USD is in credits. @default none: the two are never converted */
  readonly creditsPerUsd?: number;
}

/** Whose budgets are meant. */
export interface BudgetScope {
  /** @default a new call, for budgets per call */
  readonly callId?: string;
  readonly session: string;
  readonly tags: readonly string[];
}

/** A budget in its current period. */
export interface BudgetState {
  /** As `day`, or `day:research` for a budget with a tag. */
  readonly scope: string;
  readonly mode: 'hard' | 'soft';
  readonly unit: MoneyUnit;
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
  /** Of the limit, less what is spent and reserved; never below 0. */
  readonly remaining: number;
  /** Epoch milliseconds; `null` where it never starts anew. */
  readonly resetsAt: number | null;
}

/**
 * Sets money aside before an attempt is sent, and books what it cost afterwards, once, in the period
 * where it was set aside. Synchronous where the store is.
 *
 * - Unknown cost: the reserved bound is booked, so that a budget is never under what was spent.
 *   Where there was no bound either, nothing is booked.
 * - Cost above the bound: booked in full.
 * - What costs nothing is never refused.
 */
export class Ledger {
  readonly #budgets: readonly TrackedBudget[];
  readonly #store: BudgetsStore;
  readonly #clock: Clock;
  readonly #events: EventBus | undefined;
  readonly #logger: Logger | undefined;
  readonly #creditsPerUsd: number | null;
  /** Budgets that were told not to hold. */
  readonly #warned = new Set<TrackedBudget>();
  #reservations = 0;

  /** @throws {ConfigurationError} for a budget or a rate that makes no sense. */
  constructor(options: LedgerOptions = {}) {
    const { budgets = [], store, clock = systemClock, creditsPerUsd = null } = options;
    validateBudgets(budgets);
    checkRate(creditsPerUsd);
    this.#budgets = trackBudgets(budgets);
    this.#store = store ?? memoryBudgetsStore();
    this.#clock = clock;
    this.#events = options.events;
    this.#logger = options.logger;
    this.#creditsPerUsd = creditsPerUsd;
  }

  /** Whether any budget is set at all. */
  get hasBudgets(): boolean {
    return this.#budgets.length > 0;
  }

  /**
   * Reserves in every budget that applies, or in none. The event `credit-settle` follows
   * `credit-reserve` exactly once, with cost 0 for a reservation that is released.
   *
   * @throws {BudgetExceededError} where a hard budget does not cover the bound, or where the price is
   *   unknown and not allowed to be.
   * @throws {InvalidRequestError} where the bound is not a finite number, 0 or more.
   */
  reserve(request: ReservationRequest): MaybePromise<ReservationLease> {
    const { boundUsd, tags } = request;
    checkBound(request);
    if (this.#budgets.length === 0) return this.#grant(request, '', []);

    const moment = { callId: request.callId, session: request.session, now: this.#clock.now() };
    const bookings = this.#budgets
      .filter(({ budget }) => budgetApplies(budget, tags))
      .map((tracked) => tracked.book(tracked.accountAt(moment), boundUsd, this.#creditsPerUsd));
    if (bookings.length === 0) return this.#grant(request, '', []);

    if (request.allowUnpriced !== true) {
      const unpriced = bookings.find((booking) => booking.tracked.needsPrice(booking, this.#creditsPerUsd));
      if (unpriced !== undefined) {
        const balance = this.#store.balance(unpriced.entry.account);
        return after(balance, (known) => this.#deny(request, unpriced, known, moment.now));
      }
    }
    const id = `${request.attemptId}/${++this.#reservations}`;
    const decision = this.#store.reserve(
      id,
      bookings.map(({ entry }) => entry),
    );
    return after(decision, (decided) => {
      if (decided.granted) return this.#grant(request, id, bookings);
      const refusing = bookings.find(({ entry }) => entry.account === decided.account);
      if (refusing === undefined) throw new Error(`the store refused an unknown account: ${decided.account}`);
      return this.#deny(request, refusing, decided.balance, moment.now);
    });
  }

  /**
   * The highest bound in USD that hard budgets would grant, for setting an output cap that fits; `Infinity` where none
   * applies. Those in credits count where a rate is given. It advises; the reservation binds.
   */
  remainingUsd(scope: BudgetScope): MaybePromise<number> {
    const hard = this.#budgets.filter(({ hard, budget }) => hard && budgetApplies(budget, scope.tags));
    const moment = { callId: scope.callId ?? '', session: scope.session, now: this.#clock.now() };
    return after(this.#balances(hard, moment), (balances) =>
      balances.reduce((least, { tracked, balance }) => {
        const usd = creditIn('usd', this.#creditsPerUsd);
        const left = leftOf(tracked, balance);
        return Math.min(least, tracked.unit === 'usd' ? left : usd === null ? Infinity : left * usd);
      }, Infinity),
    );
  }

  /** Every budget in its current period; those per call and per session only where one is named. */
  budgetStates(at: Partial<Omit<BudgetScope, 'tags'>> = {}): MaybePromise<readonly BudgetState[]> {
    const now = this.#clock.now();
    const moment = { callId: at.callId ?? '', session: at.session ?? '', now };
    const named = this.#budgets.filter(
      ({ budget: { per } }) =>
        (per !== 'call' || at.callId !== undefined) && (per !== 'session' || at.session !== undefined),
    );
    return after(this.#balances(named, moment), (balances) =>
      balances.map(({ tracked, balance }) => ({
        scope: tracked.scope,
        mode: tracked.hard ? 'hard' : 'soft',
        unit: tracked.unit,
        limit: tracked.limit,
        spent: balance.spent,
        reserved: balance.reserved,
        remaining: leftOf(tracked, balance),
        resetsAt: tracked.resetsAt(now),
      })),
    );
  }

  #grant(request: ReservationRequest, id: string, bookings: readonly Booking[]): ReservationLease {
    const { boundUsd: reservedUsd, callId, attemptId, model, provider } = request;
    this.#events?.emit('credit-reserve', {
      callId,
      attemptId,
      model,
      provider,
      at: this.#clock.now(),
      reservedUsd,
    });
    let open = true;
    const close = (cost: AttemptCost, book: () => MaybePromise<void>): MaybePromise<void> => {
      if (!open) return;
      open = false;
      const { costUsd, charged } = cost;
      const at = this.#clock.now();
      // Before it is booked: what it cost is known, even where the store fails.
      this.#events?.emit('credit-settle', { callId, attemptId, model, provider, at, costUsd, charged });
      return bookings.length === 0 ? undefined : book();
    };
    return {
      reservedUsd,
      settle: (outcome) => {
        const cost = knownCost(outcome);
        return close(cost, () =>
          after(this.#settle(id, bookings, { ...request, cost }), () => this.#tellThresholds(bookings)),
        );
      },
      release: () => close({ costUsd: 0, charged: null }, () => this.#store.release(id)),
    };
  }

  #settle(
    id: string,
    bookings: readonly Booking[],
    { cost, ...attempt }: ReservationRequest & { readonly cost: AttemptCost },
  ): MaybePromise<void> {
    const spent = bookings.map(({ tracked, entry: { account }, bound }) => {
      const amount = costIn(tracked.unit, cost, this.#creditsPerUsd) ?? bound;
      if (amount === null && tracked.unit === 'credits' && this.#creditsPerUsd === null)
        this.#warnUncounted(tracked, attempt);
      return { account, amount: amount ?? 0 };
    });
    return this.#store.settle(id, spent);
  }

  #warnUncounted(tracked: TrackedBudget, { model, provider }: ReservationRequest): void {
    if (this.#warned.has(tracked)) return;
    this.#warned.add(tracked);
    this.#logger?.warn(
      `${tracked.field} does not hold at ${provider}: it told no credits for an answer of ${model}. Give credits.creditsPerUsd, or a budget in USD.`,
    );
  }

  #tellThresholds(bookings: readonly Booking[]): MaybePromise<void> {
    const events = this.#events;
    if (events === undefined) return;
    const open = bookings.filter(({ tracked, entry }) => !tracked.toldAll(entry.account));
    const told = open.map(({ tracked, entry: { account } }) =>
      after(this.#store.balance(account), ({ spent }) => {
        const { scope, limit, unit } = tracked;
        for (const share of tracked.crossings(account, spent)) {
          events.emit('budget-threshold', { at: this.#clock.now(), scope, share, spent, limit, unit });
        }
      }),
    );
    return after(all(told), () => undefined);
  }

  #deny(request: ReservationRequest, booking: Booking, balance: AccountBalance, now: number): never {
    const error = budgetExceeded(booking, balance, request.model, now);
    const { callId, attemptId, model, provider } = request;
    const { scope, remainingUsd, remainingCredits } = error;
    const denied = { scope, remainingUsd, remainingCredits };
    this.#events?.emit('credit-deny', { callId, attemptId, model, provider, at: now, ...denied });
    throw error;
  }

  #balances(budgets: readonly TrackedBudget[], moment: BudgetMoment): MaybePromise<Balances> {
    return all(
      budgets.map((tracked) => {
        const account = tracked.accountAt(moment);
        return after(this.#store.balance(account), (balance) => ({ tracked, balance }));
      }),
    );
  }
}

type Balances = readonly {
  readonly tracked: TrackedBudget;
  readonly balance: AccountBalance;
}[];
