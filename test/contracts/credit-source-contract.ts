/** What every source of credits holds, whatever a page says: an amount that is sure in one unit, or nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CreditSource, readCreditPage } from '../../src/upstream/credit-sources.js';
import type { AccountCredits } from '../../src/upstream/provider.js';

const PERSONAL = {
  user_id: 'canary-user',
  name: 'Canary',
  label: 'sk-or-v1-canary',
  email: 'canary@example.com',
  user_email: 'canary@example.com',
  key_name: 'sk-...canary',
  creator_user_id: 'user_canary',
  organization: 'Canary Ltd',
};

const NO_AMOUNTS = [
  null,
  '',
  ' ',
  'many',
  '$5',
  '12,50',
  '1e3',
  '0x10',
  '-3',
  -3,
  NaN,
  Infinity,
  true,
  [],
  [5],
  {},
];

/** Everything that JSON can be, with the names that pages use, so that arbitrary pages are near to real ones. */
const nearlyPages = fc.letrec((tie) => ({
  page: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(...NO_AMOUNTS, 5, '5.25', 0, 'USD', 'CNY'),
    fc.array(tie('page'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom(
        ...['data', 'info', 'limit', 'limit_remaining', 'usage', 'spend', 'max_budget', 'balance'],
        ...['total_used', 'balance_infos', 'currency', 'total_balance', 'credits_used', 'credits_granted'],
      ),
      tie('page'),
    ),
  ),
})).page;

/**
 * @param pages.good A page, and what it says.
 * @param pages.amounts Paths of its amounts, none of which may be taken for a number where it is none.
 */
export function creditSourceContract(
  name: string,
  source: CreditSource,
  pages: {
    readonly good: object;
    readonly says: AccountCredits;
    readonly amounts: readonly (readonly (string | number)[])[];
  },
): void {
  describe(`a source of credits: ${name}`, () => {
    it('reads its page', () => {
      expect(source.read(pages.good)).toEqual(pages.says);
    });

    it('drops whatever is personal', () => {
      const everywhere = withEverywhere(pages.good, PERSONAL);
      const read = readCreditPage(source, everywhere);
      expect(read).toEqual(pages.says);
      expect(JSON.stringify(read).toLowerCase()).not.toContain('canary');
    });

    it.each(NO_AMOUNTS.map((value) => [value]))('takes %j for no amount', (value) => {
      for (const path of pages.amounts) {
        const read = readCreditPage(source, replaced(pages.good, path, value));
        expectKnown(read);
        expect([read?.remainingCredits ?? null, left(read)]).not.toContain(Number(value));
      }
      const none = pages.amounts.reduce((page, path) => replaced(page, path, value), pages.good);
      expect(readCreditPage(source, none)).toBeNull();
    });

    it.each([
      null,
      [],
      {},
      7,
      'text',
      '<html>Sign in</html>',
      { error: 'no' },
      { data: [] },
      { data: null, info: null },
    ])('makes nothing of %j', (page) => {
      expect(readCreditPage(source, page)).toBeNull();
    });

    it('throws at no page, and gives amounts in a unit or nothing', () => {
      fc.assert(fc.property(nearlyPages, (page) => expectKnown(readCreditPage(source, page))));
    });
  });
}

function expectKnown(read: AccountCredits | null): void {
  if (read === null) return;
  const { usedCredits, grantedCredits, remainingCredits = null, unit } = read;
  for (const amount of [usedCredits, grantedCredits, remainingCredits]) {
    expect(amount === null || (Number.isFinite(amount) && amount >= 0)).toBe(true);
  }
  expect(unit).toMatch(/^[a-z]{3,}$/);
}

/** What is left, where the other two figures tell it. */
function left(read: AccountCredits | null): number | null {
  if (typeof read?.usedCredits !== 'number' || typeof read.grantedCredits !== 'number') return null;
  return read.grantedCredits - read.usedCredits;
}

function replaced(page: object, path: readonly (string | number)[], value: unknown): object {
  const copy = structuredClone(page);
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as typeof at;
  at[path.at(-1)!] = value;
  return copy;
}

function withEverywhere(value: unknown, extra: object): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => withEverywhere(item, extra));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, held]) => [key, withEverywhere(held, extra)] as const);
  return { ...extra, ...Object.fromEntries(entries) };
}
