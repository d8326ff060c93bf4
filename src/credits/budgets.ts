import { ConfigurationError } from '../errors.js';
import { didYouMean } from '../nearest-name.js';
import { isTimeZone, periodEnd, periodName } from './period.js';

/** What one limit of a budget holds for. `hour`, `day` and `month` follow the calendar. */
export type BudgetPeriod = 'call' | 'session' | 'hour' | 'day' | 'month';

/** A ceiling on spending. Exactly one of `limitUsd` and `limitCredits` is given. */
export interface Budget {
  /** USD per period. */
  readonly limitUsd?: number;
  /**
   * Credits per period. What an attempt may cost is known beforehand only where `credits.creditsPerUsd`
   * is given; without it attempts are counted once the upstream has charged them, so those under way
   * together may pass the limit.
   */
  readonly limitCredits?: number;
  readonly per: BudgetPeriod;
  /** `hard` refuses what might pass the limit; `soft` only tells. @default 'hard' */
  readonly mode?: 'hard' | 'soft';
  /** Counts only calls with this tag. @default every call */
  readonly tag?: string;
  /** IANA name of the zone whose hours, days and months are meant. @default 'UTC' */
  readonly timeZone?: string;
}

/** Where and when an attempt is made. */
export interface BudgetMoment {
  readonly callId: string;
  readonly session: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

const PERIODS: readonly string[] = ['call', 'session', 'hour', 'day', 'month'] satisfies BudgetPeriod[];
const FIELDS = ['limitUsd', 'limitCredits', 'per', 'mode', 'tag', 'timeZone'];

/**
 * Checks the budgets of a client.
 *
 * @throws {ConfigurationError} naming the first field that makes no sense, as `budgets[0].limitUsd`.
 */
export function validateBudgets(budgets: readonly Budget[]): void {
  if (!Array.isArray(budgets)) {
    throw new ConfigurationError('budgets', "budgets must be an array, as [{ limitUsd: 5, per: 'day' }].");
  }
  budgets.forEach((budget: unknown, index) => {
    const field = `budgets[${index}]`;
    if (typeof budget !== 'object' || budget === null) {
      throw new ConfigurationError(field, `${field} must be an object, as { limitUsd: 5, per: 'day' }.`);
    }
    const fields = budget as Readonly<Record<string, unknown>>;
    checkNames(fields, field);
    checkLimit(fields, field);
    checkPeriod(fields, field);
    checkTag(fields, field);
  });
}

/**
 * The account a budget's current period is booked to: `<budget>#<period>`.
 * The limit is no part of it: raising a limit keeps what was spent.
 *
 * @param index the budget's place among those of the same unit, period, tag and time zone
 */
export function accountOf(budget: Budget, index: number, moment: BudgetMoment): string {
  const unit = budget.limitUsd === undefined ? 'credits' : 'usd';
  const tag = budget.tag === undefined ? '' : `/${budget.tag.replaceAll('%', '%25').replaceAll('#', '%23')}`;
  return `${index}/${unit}/${budget.per}/${budget.timeZone ?? 'UTC'}${tag}#${currentPeriod(budget, moment)}`;
}

/** When the budget starts anew, epoch milliseconds; `null` for calls and sessions, which never do. */
export function resetsAt(budget: Budget, now: number): number | null {
  if (budget.per === 'call' || budget.per === 'session') return null;
  return periodEnd(budget.per, budget.timeZone ?? 'UTC', now);
}

/** Whether a call with these tags counts against the budget. */
export function budgetApplies(budget: Budget, tags: readonly string[]): boolean {
  return budget.tag === undefined || tags.includes(budget.tag);
}

/** The budget in a word: `day`, or `day:research` for one with a tag. */
export function scopeOf(budget: Budget): string {
  return budget.tag === undefined ? budget.per : `${budget.per}:${budget.tag}`;
}

function currentPeriod({ per, timeZone }: Budget, { callId, session, now }: BudgetMoment): string {
  if (per === 'call') return callId;
  if (per === 'session') return session;
  return periodName(per, timeZone ?? 'UTC', now);
}

function checkNames(budget: Readonly<Record<string, unknown>>, field: string): void {
  for (const name of Object.keys(budget)) {
    if (FIELDS.includes(name)) continue;
    const hint = didYouMean(name, FIELDS);
    throw new ConfigurationError(
      `${field}.${name}`,
      `${field}.${name} is not known.${hint} Known here: ${FIELDS.join(', ')}.`,
    );
  }
}

function checkLimit(budget: Readonly<Record<string, unknown>>, field: string): void {
  const given = ['limitUsd', 'limitCredits'].filter((name) => budget[name] !== undefined);
  const [name, second] = given;
  if (name === undefined || second !== undefined) {
    const problem = name === undefined ? 'has no limit' : 'has two limits';
    throw new ConfigurationError(
      `${field}.${second ?? 'limitUsd'}`,
      `${field} ${problem}: give either limitUsd or limitCredits; use two budgets for both.`,
    );
  }
  const limit = budget[name];
  if (typeof limit !== 'number' || !Number.isFinite(limit) || limit <= 0) {
    throw new ConfigurationError(
      `${field}.${name}`,
      `${field}.${name} must be a finite number above 0, got ${shown(limit)}. Leave the budget out for no limit.`,
    );
  }
}

function checkPeriod({ per, mode, timeZone }: Readonly<Record<string, unknown>>, field: string): void {
  if (typeof per !== 'string' || !PERIODS.includes(per)) {
    throw new ConfigurationError(
      `${field}.per`,
      `${field}.per must be one of ${PERIODS.join(', ')}, got ${shown(per)}.`,
    );
  }
  if (mode !== undefined && mode !== 'hard' && mode !== 'soft') {
    throw new ConfigurationError(
      `${field}.mode`,
      `${field}.mode must be 'hard' or 'soft', got ${shown(mode)}.`,
    );
  }
  if (timeZone !== undefined && (typeof timeZone !== 'string' || !isTimeZone(timeZone))) {
    throw new ConfigurationError(
      `${field}.timeZone`,
      `${field}.timeZone must be an IANA time zone, as 'Europe/Berlin', got ${shown(timeZone)}.`,
    );
  }
}

function checkTag({ tag }: Readonly<Record<string, unknown>>, field: string): void {
  if (tag === undefined || (typeof tag === 'string' && tag !== '')) return;
  throw new ConfigurationError(
    `${field}.tag`,
    `${field}.tag must be a non-empty string. Leave it out to count every call.`,
  );
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
