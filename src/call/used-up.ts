import type { Eligibility } from '../catalog/eligibility.js';
import type { CreditBalance } from '../credits/balance.js';
import type { ModelCapability } from '../types.js';
import { balanceAt } from './account-balance.js';
import type { CallParts } from './parts.js';
import { stepsOf } from './plan-step.js';

/**
 * Where the credits of an account are known to be used up, its models that bill are not worth an attempt:
 * those that bill nothing serve, and those of other accounts. Where there are none, all stay, since the account
 * may have become richer.
 */
export function withoutUsedUp(parts: CallParts, { eligible, excluded }: Eligibility): Eligibility {
  const isUsedUp = (balance: CreditBalance): boolean => balance.status().remainingCredits === 0;
  if (![...parts.balances.values()].some(isUsedUp)) return { eligible, excluded };
  const canServe = ({ name }: ModelCapability): boolean =>
    stepsOf(parts, name).some(
      ({ model, provider }) => model.unlimited === true || !isUsedUp(balanceAt(parts, provider)),
    );
  const kept = eligible.filter(canServe);
  if (kept.length === 0 || kept.length === eligible.length) return { eligible, excluded };
  const reason = 'the credits of its account are used up, and it bills';
  const left = eligible.filter((model) => !kept.includes(model));
  return { eligible: kept, excluded: [...excluded, ...left.map(({ name }) => ({ model: name, reason }))] };
}
