import type { Clock } from '../clock.js';
import type { MaybePromise } from '../types.js';
import { type Budget, budgetApplies } from './budgets.js';
import type { DemandPattern } from './demand-pattern.js';
import type { BudgetState } from './ledger.js';
import { after } from './maybe-promise.js';
import { pacingMultiplier } from './pacing.js';
import { type CalendarPeriod, periodStart } from './period.js';

export interface PacerOptions {
  readonly budgets: readonly Budget[];
  /** The budgets in their periods, as the ledger tells them. */
  readonly states: () => MaybePromise<readonly BudgetState[]>;
  readonly demand: DemandPattern;
  readonly clock: Clock;
}

/** A budget that has a period to be spread over, and where it stands among those that the ledger tells. */
interface Paced {
  readonly budget: Budget;
  readonly period: CalendarPeriod;
  readonly place: number;
}

/** Where the share of demand that is left was computed for. */
interface LeftAt {
  readonly minute: number;
  readonly revision: number;
  readonly share: number;
}

const MINUTE_MS = 60_000;

/**
 * Slows spending down ahead of hard budgets by day and by month: tells by how many times cost is to count more. It goes by
 * the last known states of the budgets: a store that answers later is not waited for.
 */
export class Pacer {
  readonly #paced: readonly Paced[];
  readonly #states: PacerOptions['states'];
  readonly #demand: DemandPattern;
  readonly #clock: Clock;
  readonly #left = new Map<Paced, LeftAt>();
  #known: readonly BudgetState[] = [];
  #isReading = false;

  constructor({ budgets, states, demand, clock }: PacerOptions) {
    // The ledger tells those of a call and of a session only where one is named.
    this.#paced = budgets
      .filter(({ per }) => per !== 'call' && per !== 'session')
      .flatMap((budget, place) => {
        const { per, mode = 'hard' } = budget;
        return mode === 'hard' && (per === 'day' || per === 'month') ? [{ budget, period: per, place }] : [];
      });
    this.#states = states;
    this.#demand = demand;
    this.#clock = clock;
  }

  /** Whether there is anything to pace. */
  get isOn(): boolean {
    return this.#paced.length > 0;
  }

  /** Factor on the cost of a call with these tags: that of the budget which runs out first; 1 where none does. */
  multiplier(tags: readonly string[]): number {
    if (!this.isOn) return 1;
    this.#read();
    const now = this.#clock.now();
    let highest = 1;
    for (const paced of this.#paced) {
      const state = this.#known[paced.place];
      // What is known is of an earlier period: nothing is known of this one.
      const resetsAt = state?.resetsAt ?? -Infinity;
      if (state === undefined || now >= resetsAt || !budgetApplies(paced.budget, tags)) continue;
      const demandLeft = this.#leftOf(paced, resetsAt, now);
      const { limit, spent } = state;
      highest = Math.max(highest, pacingMultiplier({ limit, spent, demandLeft }));
    }
    return highest;
  }

  /** Once a minute: a calendar is slow, and so is a month by hours. */
  #leftOf(paced: Paced, resetsAt: number, now: number): number {
    const minute = Math.floor(now / MINUTE_MS);
    const { revision } = this.#demand;
    const known = this.#left.get(paced);
    if (known?.minute === minute && known.revision === revision) return known.share;
    const from = periodStart(paced.period, paced.budget.timeZone ?? 'UTC', now);
    const share = this.#demand.leftShare(from, resetsAt, now);
    this.#left.set(paced, { minute, revision, share });
    return share;
  }

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    const done = (): void => {
      this.#isReading = false;
    };
    try {
      const read = after(this.#states(), (states) => {
        this.#known = states;
      });
      if (read instanceof Promise) read.then(done, done);
      else done();
    } catch {
      // A store that fails is told of where it is written to.
      done();
    }
  }
}
