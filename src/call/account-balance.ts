import type { CreditBalance } from '../credits/balance.js';
import type { Provider } from '../upstream/provider.js';
import type { CallParts } from './parts.js';

/** The credits of the account that a provider bills. */
export function balanceAt({ balances }: CallParts, { group }: Provider): CreditBalance {
  const balance = balances.get(group);
  if (balance === undefined) throw new RangeError(`the group ${group} has its balance`);
  return balance;
}
