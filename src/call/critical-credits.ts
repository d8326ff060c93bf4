import { costPerToken } from '../catalog/cost.js';
import type { Eligibility } from '../catalog/eligibility.js';
import type { WhenCritical } from '../credits/when-critical.js';
import type { RoutingResult } from '../router/router.js';
import { type ModelCapability, ModelTier } from '../types.js';
import { balanceAt } from './account-balance.js';
import type { CallParts } from './parts.js';
import { stepsOf } from './plan-step.js';

const REASON = 'the credits of its account are critical, and it is neither unlimited nor an economy model';
const REASON_BILLED = 'the credits of its account are critical, and it bills';

/**
 * While the credits of an account are critical, routing keeps to its models that bill nothing and, unless
 * `credits.whenCritical` says otherwise, to economy models; those of other accounts stay as they are. Where
 * nothing else can take the request all stay: what is left is there to be used, and a budget is what refuses.
 */
export function withoutDearWhenCritical(parts: CallParts, { eligible, excluded }: Eligibility): Eligibility {
  const { whenCritical } = parts.options.credits;
  const isAnyCritical = [...parts.balances.values()].some((balance) => balance.mode() === 'critical');
  if (whenCritical === 'advise' || !isAnyCritical) return { eligible, excluded };
  const kept = eligible.filter(({ name }) => maySpend(parts, name, whenCritical));
  if (kept.length === 0 || kept.length === eligible.length) return { eligible, excluded };
  const reason = whenCritical === 'economy' ? REASON : REASON_BILLED;
  const left = eligible.filter((model) => !kept.includes(model));
  return { eligible: kept, excluded: [...excluded, ...left.map(({ name }) => ({ model: name, reason }))] };
}

/** The decision, saying that critical credits bound it. */
export function explainCritical(routed: RoutingResult): RoutingResult {
  const left = (routed.excluded ?? []).filter(({ reason }) => reason === REASON || reason === REASON_BILLED);
  if (left.length === 0) return routed;
  const { reasons } = routed.routingDecision;
  const models = left.length === 1 ? 'one model was' : `${left.length} models were`;
  const told = `credits are critical: ${models} left out to spare them (credits.whenCritical)`;
  return { ...routed, routingDecision: { ...routed.routingDecision, reasons: [...reasons, told] } };
}

function maySpend(parts: CallParts, name: string, whenCritical: WhenCritical): boolean {
  return stepsOf(parts, name).some(
    ({ model, provider }) =>
      balanceAt(parts, provider).mode() !== 'critical' ||
      billsNothing(model) ||
      (whenCritical === 'economy' && model.tier === ModelTier.ECONOMY),
  );
}

function billsNothing(model: ModelCapability): boolean {
  return model.unlimited === true || costPerToken(model) === 0;
}
