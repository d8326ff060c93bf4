import { affordableOutputTokens, dearestCostUsd, pricesOf } from '../catalog/cost.js';
import { pricesInTierOrStandard } from '../catalog/service-tier.js';
import type { ReservationLease } from '../credits/reservation.js';
import type { ChatRequestBody, ModelPrices } from '../types.js';
import type { Call } from './call.js';
import type { PlanStep } from './plan-step.js';
import { boundInputTokens } from './estimated-usage.js';
import type { CallRequest } from './request.js';
import { capOf, setOutputCap, type TunedRequest } from './tune.js';

/** An answer cut shorter than this is not worth its prompt; the call is refused instead. */
const SMALLEST_USEFUL_CAP = 64;

/** What money is reserved for. */
export interface AskedFor {
  readonly attemptId: string;
  readonly request: CallRequest;
  readonly tuned: TunedRequest;
}

export interface Reserved {
  readonly reservation: ReservationLease;
  readonly body: ChatRequestBody;
  readonly choices: number;
  /** The most tokens of each choice; `null` where nobody knows. */
  readonly outputCap: number | null;
  /**
   * The most that so much output can cost, and no more than was reserved; `null` where no bound is known.
   * @param outputTokens `null` for all that was reserved.
   */
  readonly mostUsd: (outputTokens: number | null) => number | null;
}

const unknownMost = (): null => null;

/**
 * Reserves the most an attempt can cost. Where the caller set no output cap, the cap that the hard
 * budgets leave room for is set.
 * @throws {BudgetExceededError} where a hard budget does not cover it.
 */
export async function reserve(
  call: Call,
  step: PlanStep,
  { attemptId, request: asked, tuned }: AskedFor,
): Promise<Reserved> {
  const { ledger, options } = call.parts;
  const request = {
    callId: call.callId,
    attemptId,
    model: step.model.name,
    provider: step.provider.id,
    session: call.session,
    tags: call.tags,
    allowUnpriced: options.credits.allowUnpriced,
  };
  const prices = ledger.hasBudgets ? pricesToReserve(call, step, tuned.body.service_tier ?? null) : null;
  if (prices === null) {
    const reservation = await ledger.reserve({ ...request, boundUsd: null });
    return { reservation, ...limitsOf(tuned.body, tuned), mostUsd: unknownMost };
  }
  const inputTokens = boundInputTokens(asked);
  const { body, cap } = await fitCap(call, step, { prices, tuned, inputTokens });
  const choices = choicesOf(body);
  const at = call.parts.clock.now();
  const most = (tokensPerChoice: number): number => {
    const outputTokens = Math.min(tokensPerChoice, cap) * choices;
    return dearestCostUsd(prices, { inputTokens, outputTokens, at });
  };
  return {
    reservation: await ledger.reserve({ ...request, boundUsd: most(cap) }),
    ...limitsOf(body, tuned),
    mostUsd: (outputTokens) => most(outputTokens === null ? cap : outputTokens / choices),
  };
}

/**
 * The least that an attempt at a model has to reserve: of the caller's cap, else of the smallest that is of use.
 * `null` where its price is unknown.
 */
export function leastBoundUsd(call: Call, step: PlanStep): number | null {
  const { parameters } = call.request;
  const prices = pricesToReserve(call, step, parameters.service_tier ?? null);
  if (prices === null) return null;
  const cap = capOf(parameters) ?? Math.min(SMALLEST_USEFUL_CAP, step.model.maxOutput ?? Infinity);
  const outputTokens = cap * (parameters.n ?? 1);
  const at = call.parts.clock.now();
  return dearestCostUsd(prices, { inputTokens: boundInputTokens(call.request), outputTokens, at });
}

/** A model that routes by itself may answer by any model; what a service tier costs nobody may know. */
function pricesToReserve(call: Call, step: PlanStep, serviceTier: string | null): ModelPrices | null {
  const prices = step.model.routesItself === true ? dearestOfCatalog(call, step) : step.prices;
  return pricesInTierOrStandard(prices, serviceTier);
}

/** The output cap the money is reserved for, and the body that says so where it binds. */
async function fitCap(
  call: Call,
  step: PlanStep,
  {
    prices,
    tuned,
    inputTokens,
  }: { readonly prices: ModelPrices; readonly tuned: TunedRequest; readonly inputTokens: number },
): Promise<{ readonly body: ChatRequestBody; readonly cap: number }> {
  const { ledger } = call.parts;
  const budgetUsd = await ledger.remainingUsd({
    callId: call.callId,
    session: call.session,
    tags: call.tags,
  });
  if (tuned.isCallersCap || budgetUsd === Infinity) return { body: tuned.body, cap: tuned.outputCap ?? 0 };
  const affordable = affordableOutputTokens(prices, {
    inputTokens,
    budgetUsd,
    at: call.parts.clock.now(),
  });
  const perChoice = Math.max(SMALLEST_USEFUL_CAP, Math.floor(affordable / choicesOf(tuned.body)));
  if (tuned.outputCap !== null && tuned.outputCap <= perChoice)
    return { body: tuned.body, cap: tuned.outputCap };
  // Output that costs nothing needs no cap.
  if (perChoice === Infinity) return { body: tuned.body, cap: 0 };
  const body = { ...tuned.body };
  setOutputCap(body, step.model, perChoice);
  return { body, cap: perChoice };
}

/** The dearest known price of any model, for input and for output. */
function dearestOfCatalog(call: Call, step: PlanStep): ModelPrices | null {
  let dearest = step.prices;
  for (const model of call.parts.catalog.list()) {
    const prices = model.legacy === true ? null : pricesOf(model);
    if (prices === null) continue;
    dearest = {
      input: Math.max(dearest?.input ?? 0, dearestCostUsd(prices, { inputTokens: 1e6, outputTokens: 0 })),
      output: Math.max(dearest?.output ?? 0, dearestCostUsd(prices, { inputTokens: 0, outputTokens: 1e6 })),
    };
  }
  return dearest;
}

function limitsOf(
  body: ChatRequestBody,
  { outputCap }: TunedRequest,
): Pick<Reserved, 'body' | 'choices' | 'outputCap'> {
  return { body, choices: choicesOf(body), outputCap: capOf(body) ?? outputCap };
}

function choicesOf(body: ChatRequestBody): number {
  return body.n ?? 1;
}
