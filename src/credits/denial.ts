import { BudgetExceededError } from '../errors.js';
import type { AccountBalance } from '../stores.js';
import type { MoneyUnit } from './booking.js';
import type { Booking, TrackedBudget } from './tracked-budget.js';

/** What a budget has left, never below 0. */
export function leftOf({ limit }: TrackedBudget, { spent, reserved }: AccountBalance): number {
  return Math.max(0, limit - spent - reserved);
}

/** The error for an attempt that a budget does not cover: what is left, when it resets, what to do. */
export function budgetExceeded(
  { tracked, bound, entry }: Booking,
  balance: AccountBalance,
  model: string,
  now: number,
): BudgetExceededError {
  const { scope, unit, limit, field } = tracked;
  const left = leftOf(tracked, balance);
  const resetsAt = tracked.resetsAt(now);
  return new BudgetExceededError(
    [
      `The ${scope} budget has ${inWords(left, unit)} left of ${inWords(limit, unit)}`,
      whyNot(bound, entry.amount, model, unit),
      resetsAt === null ? 'It does not reset. ' : `It resets at ${new Date(resetsAt).toISOString()}. `,
      bound === null && entry.amount === 0
        ? 'Give the model a price in models, or set credits.allowUnpriced.'
        : `Lower max_tokens, choose a cheaper model or raise ${field}.`,
    ].join(''),
    {
      scope,
      remainingUsd: unit === 'usd' ? left : null,
      remainingCredits: unit === 'credits' ? left : null,
      resetsAt,
    },
  );
}

function whyNot(bound: number | null, amount: number, model: string, unit: MoneyUnit): string {
  if (bound !== null) return `, and an attempt at ${model} may cost up to ${inWords(bound, unit)}. `;
  return amount > 0 ? '. ' : `, and the price of ${model} is not known. `;
}

function inWords(amount: number, unit: MoneyUnit): string {
  const figures = Number(amount.toPrecision(6));
  return unit === 'usd' ? `$${figures}` : `${figures} credits`;
}
