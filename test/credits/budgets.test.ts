import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountOf,
  budgetApplies,
  resetsAt,
  scopeOf,
  validateBudgets,
  type Budget,
} from '../../src/credits/budgets.js';
import { ConfigurationError } from '../../src/errors.js';

const at = (iso: string): number => Date.parse(iso);
const moment = (iso: string): { callId: string; session: string; now: number } => ({
  callId: 'call-1',
  session: 's#1',
  now: at(iso),
});
const reset = (per: Budget['per'], timeZone: string, iso: string): string | null => {
  const instant = resetsAt({ limitUsd: 1, per, timeZone }, at(iso));
  return instant === null ? null : new Date(instant).toISOString();
};

describe('validateBudgets', () => {
  it('takes every kind of budget', () => {
    validateBudgets([
      { limitUsd: 5, per: 'day', mode: 'hard' },
      { limitCredits: 20_000, per: 'month', mode: 'soft', tag: 'research', timeZone: 'Asia/Kolkata' },
      { limitUsd: 0.01, per: 'call' },
      { limitUsd: 1, per: 'session' },
      { limitUsd: 1, per: 'hour' },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['no array', { limitUsd: 5 }, 'budgets'],
    ['null', [null], 'budgets[0]'],
    ['a number', [5], 'budgets[0]'],
    ['no limit', [{ per: 'day' }], 'budgets[0].limitUsd'],
    ['two limits', [{ limitUsd: 1, limitCredits: 1, per: 'day' }], 'budgets[0].limitCredits'],
    ['zero', [{ limitUsd: 0, per: 'day' }], 'budgets[0].limitUsd'],
    ['a negative limit', [{ limitCredits: -1, per: 'day' }], 'budgets[0].limitCredits'],
    [
      'NaN',
      [
        { limitUsd: 1, per: 'day' },
        { limitUsd: NaN, per: 'day' },
      ],
      'budgets[1].limitUsd',
    ],
    ['an infinite limit', [{ limitUsd: Infinity, per: 'day' }], 'budgets[0].limitUsd'],
    ['a limit in words', [{ limitUsd: '5', per: 'day' }], 'budgets[0].limitUsd'],
    ['no period', [{ limitUsd: 1 }], 'budgets[0].per'],
    ['an unknown period', [{ limitUsd: 1, per: 'week' }], 'budgets[0].per'],
    ['an unknown mode', [{ limitUsd: 1, per: 'day', mode: {} }], 'budgets[0].mode'],
    ['an unknown zone', [{ limitUsd: 1, per: 'day', timeZone: 'Mars/Olympus' }], 'budgets[0].timeZone'],
    ['an empty tag', [{ limitUsd: 1, per: 'day', tag: '' }], 'budgets[0].tag'],
    ['an unknown name', [{ limitUSD: 1, per: 'day' }], 'budgets[0].limitUSD'],
  ])('refuses %s', (_, budgets, field) => {
    const check = (): void => {
      validateBudgets(budgets as Budget[]);
    };
    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(expect.objectContaining({ field }));
  });

  it('proposes the name that was meant', () => {
    expect(() => {
      validateBudgets([{ limitUSD: 1, per: 'day' } as unknown as Budget]);
    }).toThrow(/Did you mean 'limitUsd'/);
  });
});

describe('accountOf', () => {
  it.each<[Budget, string]>([
    [{ limitUsd: 1, per: 'call' }, '0/usd/call/UTC#call-1'],
    [{ limitUsd: 1, per: 'session' }, '0/usd/session/UTC#s#1'],
    [{ limitCredits: 1, per: 'hour' }, '0/credits/hour/UTC#2026-10-31T23+00:00'],
    [{ limitUsd: 1, per: 'day' }, '0/usd/day/UTC#2026-10-31'],
    [{ limitUsd: 1, per: 'month' }, '0/usd/month/UTC#2026-10'],
    [{ limitUsd: 1, per: 'month', timeZone: 'Europe/Berlin' }, '0/usd/month/Europe/Berlin#2026-11'],
    [
      { limitUsd: 1, per: 'hour', timeZone: 'America/New_York' },
      '0/usd/hour/America/New_York#2026-10-31T19-04:00',
    ],
    [{ limitUsd: 1, per: 'day', tag: 'a#b%' }, '0/usd/day/UTC/a%23b%25#2026-10-31'],
  ])('%j', (budget, account) => {
    expect(accountOf(budget, 0, moment('2026-10-31T23:30:00Z'))).toBe(account);
  });

  it('keeps its account when the limit changes, and never shares one of another place', () => {
    const now = moment('2026-10-15T12:00:00Z');
    const small = accountOf({ limitUsd: 1, per: 'day' }, 0, now);
    expect(accountOf({ limitUsd: 2, per: 'day', mode: 'soft' }, 0, now)).toBe(small);
    expect(accountOf({ limitUsd: 1, per: 'day' }, 1, now)).not.toBe(small);
  });

  it('tells the hour that comes twice apart', () => {
    const budget: Budget = { limitUsd: 1, per: 'hour', timeZone: 'Europe/Berlin' };
    const summer = accountOf(budget, 0, moment('2026-10-25T00:30:00Z'));
    const winter = accountOf(budget, 0, moment('2026-10-25T01:30:00Z'));
    expect(summer).toMatch(/2026-10-25T02\+02:00$/);
    expect(winter).toMatch(/2026-10-25T02\+01:00$/);
  });
});

describe('resetsAt', () => {
  it.each<[Budget['per'], string, string, string | null]>([
    ['call', 'UTC', '2026-10-15T12:00:00Z', null],
    ['session', 'UTC', '2026-10-15T12:00:00Z', null],
    ['hour', 'UTC', '2026-10-15T12:59:59.999Z', '2026-10-15T13:00:00.000Z'],
    ['day', 'UTC', '2026-10-15T00:00:00Z', '2026-10-16T00:00:00.000Z'],
    ['day', 'UTC', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
    ['month', 'UTC', '2026-10-31T12:00:00Z', '2026-11-01T00:00:00.000Z'],
    ['month', 'UTC', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00.000Z'],
    ['month', 'UTC', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    // Half-hour offsets: hours begin at half past.
    ['hour', 'Asia/Kolkata', '2026-10-15T12:29:00Z', '2026-10-15T12:30:00.000Z'],
    ['day', 'Asia/Kolkata', '2026-10-15T12:00:00Z', '2026-10-15T18:30:00.000Z'],
    // A day of 25 hours, and one of 23.
    ['day', 'Europe/Berlin', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00.000Z'],
    ['day', 'Europe/Berlin', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00.000Z'],
    ['month', 'Europe/Berlin', '2026-10-01T12:00:00Z', '2026-10-31T23:00:00.000Z'],
    ['month', 'Europe/Berlin', '2026-03-15T12:00:00Z', '2026-03-31T22:00:00.000Z'],
    // Clocks go back half an hour: the hour before ends there.
    ['hour', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z', '2026-04-04T15:00:00.000Z'],
    // Midnight does not exist: clocks go from 24:00 to 01:00.
    ['day', 'Africa/Cairo', '2026-04-23T12:00:00Z', '2026-04-23T22:00:00.000Z'],
    ['day', 'Africa/Cairo', '2026-04-24T12:00:00Z', '2026-04-24T21:00:00.000Z'],
    // A day that was left out.
    ['day', 'Pacific/Apia', '2011-12-30T05:00:00Z', '2011-12-30T10:00:00.000Z'],
  ])('of a %s in %s at %s', (per, timeZone, now, expected) => {
    expect(reset(per, timeZone, now)).toBe(expected);
  });

  it('is where the account changes, and nowhere before', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Africa/Cairo',
    );
    const per = fc.constantFrom<Budget['per']>('hour', 'day', 'month');
    const instant = fc.integer({ min: at('2025-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z') });
    fc.assert(
      fc.property(
        zone,
        per,
        instant,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (timeZone, each, now, part) => {
          const budget: Budget = { limitUsd: 1, per: each, timeZone };
          const account = (when: number): string =>
            accountOf(budget, 0, { callId: '', session: '', now: when });
          const end = resetsAt(budget, now) ?? now;
          expect(account(Math.floor(now + (end - 1 - now) * part))).toBe(account(now));
          expect(account(end)).not.toBe(account(now));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('budgetApplies and scopeOf', () => {
  it('follow the tag', () => {
    const tagged: Budget = { limitUsd: 1, per: 'day', tag: 'research' };
    expect(budgetApplies({ limitUsd: 1, per: 'day' }, [])).toBe(true);
    expect(budgetApplies(tagged, ['other', 'research'])).toBe(true);
    expect(budgetApplies(tagged, ['other'])).toBe(false);
    expect(scopeOf(tagged)).toBe('day:research');
    expect(scopeOf({ limitUsd: 1, per: 'call' })).toBe('call');
  });
});
