import type { AccountBalance, BudgetEntry, BudgetsStore, ReserveDecision } from '../stores.js';

/**
 * How many periods of one budget (days, sessions, calls) are remembered. Beyond it those not used for longest are
 * forgotten, never one with an open reservation. A session forgotten so starts anew.
 */
const PERIODS_PER_BUDGET = 100_000;

/** Rounding may carry a sum of amounts past a limit that they meet exactly: 0.1 + 0.2 against 0.3. */
const ROUNDING = 1e-12;

/** A sum that does not drift, however many amounts come and go (Neumaier's compensated summation). */
class RunningSum {
  #sum = 0;
  #lost = 0;

  add(amount: number): void {
    const next = this.#sum + amount;
    this.#lost +=
      Math.abs(this.#sum) >= Math.abs(amount) ? this.#sum - next + amount : amount - next + this.#sum;
    this.#sum = next;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }
}

class Account {
  readonly spent = new RunningSum();
  reserved = new RunningSum();
  openReservations = 0;

  balance(): AccountBalance {
    return { spent: this.spent.value, reserved: Math.max(0, this.reserved.value) };
  }

  hold(amount: number): void {
    this.reserved.add(amount);
    this.openReservations++;
  }

  free(amount: number): void {
    this.reserved.add(-amount);
    this.openReservations--;
    if (this.openReservations === 0) this.reserved = new RunningSum();
  }
}

/** The accounts of one budget, the least recently used first. */
class Periods {
  readonly #accounts = new Map<string, Account>();
  readonly #capacity: number;
  /** Many are forgotten at once: a Map is slow to give its first entry after each deletion. */
  readonly #batch: number;
  #forgetAbove: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#batch = Math.ceil(capacity / 8);
    this.#forgetAbove = capacity;
  }

  get(account: string): Account | undefined {
    return this.#accounts.get(account);
  }

  /** The account, made where it is new, as the most recently used. */
  open(account: string): Account {
    const opened = this.#accounts.get(account) ?? new Account();
    this.#accounts.delete(account);
    this.#accounts.set(account, opened);
    if (this.#accounts.size > this.#forgetAbove) this.#forgetOldest(opened);
    return opened;
  }

  /** The least recently used first. */
  spent(): readonly (readonly [account: string, amount: number])[] {
    return [...this.#accounts].map(([account, { spent }]) => [account, spent.value]);
  }

  /** Forgets the account where nothing is booked to it: that is how a new one looks. */
  forgetEmpty(account: string): void {
    const held = this.#accounts.get(account);
    if (held?.openReservations === 0 && held.spent.value === 0) this.#accounts.delete(account);
  }

  #forgetOldest(newest: Account): void {
    for (const [account, held] of this.#accounts) {
      if (this.#accounts.size <= this.#capacity - this.#batch + 1) break;
      if (held.openReservations === 0 && held !== newest) this.#accounts.delete(account);
    }
    this.#forgetAbove = Math.max(this.#capacity, this.#accounts.size + this.#batch - 1);
  }
}

/** Accounts in this process's memory: synchronous, and gone with it. Each method is atomic. */
export class MemoryBudgets implements BudgetsStore {
  readonly #budgets = new Map<string, Periods>();
  readonly #reservations = new Map<string, readonly BudgetEntry[]>();
  readonly #periodsPerBudget: number;

  constructor(periodsPerBudget = PERIODS_PER_BUDGET) {
    this.#periodsPerBudget = periodsPerBudget;
  }

  reserve(reservationId: string, entries: readonly BudgetEntry[]): ReserveDecision {
    if (this.#reservations.has(reservationId)) return { granted: true };
    entries.forEach(checkAmount);
    for (const [index, { account, limit }] of entries.entries()) {
      if (limit === null) continue;
      const balance = this.balance(account);
      let total = balance.spent + balance.reserved;
      for (let i = 0; i <= index; i++) {
        const entry = entries[i];
        if (entry?.account === account) total += entry.amount;
      }
      if (!(total <= limit + ROUNDING)) return { granted: false, account, balance };
    }
    for (const { account, amount } of entries) this.#open(account).hold(amount);
    this.#reservations.set(reservationId, entries);
    return { granted: true };
  }

  settle(reservationId: string, spent: readonly Omit<BudgetEntry, 'limit'>[]): void {
    spent.forEach(checkAmount);
    const entries = this.#reservations.get(reservationId);
    if (entries === undefined) return;
    for (const { account, amount } of spent) this.#open(account).spent.add(amount);
    this.#free(reservationId, entries);
  }

  release(reservationId: string): void {
    const entries = this.#reservations.get(reservationId);
    if (entries !== undefined) this.#free(reservationId, entries);
  }

  balance(account: string): AccountBalance {
    return this.#budgets.get(budgetOf(account))?.get(account)?.balance() ?? { spent: 0, reserved: 0 };
  }

  isOpen(reservationId: string): boolean {
    return this.#reservations.has(reservationId);
  }

  openReservations(): Iterable<readonly [reservationId: string, entries: readonly BudgetEntry[]]> {
    return this.#reservations;
  }

  /** What was spent in so many periods of each budget, those used last; the least recently used first. */
  spent(periodsPerBudget: number): readonly (readonly [account: string, amount: number])[] {
    return [...this.#budgets.values()].flatMap((periods) => periods.spent().slice(-periodsPerBudget));
  }

  /** Books what was spent without a reservation. */
  book(account: string, amount: number): void {
    this.#open(account).spent.add(amount);
  }

  #free(reservationId: string, entries: readonly BudgetEntry[]): void {
    this.#reservations.delete(reservationId);
    for (const { account, amount } of entries) {
      const periods = this.#budgets.get(budgetOf(account));
      periods?.get(account)?.free(amount);
      periods?.forgetEmpty(account);
    }
  }

  #open(account: string): Account {
    const budget = budgetOf(account);
    let periods = this.#budgets.get(budget);
    if (periods === undefined) this.#budgets.set(budget, (periods = new Periods(this.#periodsPerBudget)));
    return periods.open(account);
  }
}

/** Accounts are named `<budget>#<period>`; one without a period is a budget of its own. */
function budgetOf(account: string): string {
  const end = account.indexOf('#');
  return end === -1 ? account : account.slice(0, end);
}

function checkAmount({ account, amount }: Omit<BudgetEntry, 'limit'>): void {
  if (Number.isFinite(amount) && amount >= 0) return;
  throw new RangeError(`the amount for ${account} must be a finite number, 0 or more, got ${amount}`);
}

/** A budgets store in memory: synchronous and bounded. What it holds is gone with the process. */
export function memoryBudgetsStore(periodsPerBudget?: number): BudgetsStore {
  return new MemoryBudgets(periodsPerBudget);
}
