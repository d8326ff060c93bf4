import { asRouteLLError, type RouteLLError } from '../errors.js';
import {
  backoffMs,
  type FailureVerdict,
  judgeFailure,
  judgeRefusal,
  jitteredMs,
  OTHER_ACCOUNT_ONLY,
  REPAIRED,
  requestedWaitMs,
} from '../upstream/retry-policy.js';
import { runWithRetries } from '../upstream/retry.js';
import { type Attempt, LONGEST_PAUSE_MS, openAttempt } from './attempt.js';
import type { Call } from './call.js';
import type { Plan } from './plan.js';
import { type Move, Route } from './plan-route.js';
import type { PlanStep } from './plan-step.js';
import { leastBoundUsd } from './reserve.js';

/**
 * Tries the steps of a plan until one serves: the next model at once where another may do better, and
 * once the plan is used up, from its start again after a back-off. Every attempt beyond the first is paid
 * from the client's retry budget. Fallback, repair and retry are turns of this one loop.
 */
export async function attemptAlong<T>(
  call: Call,
  plan: Pick<Plan, 'steps' | 'spare'>,
  exchange: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const { request, isRouted } = call;
  const { retryBudget, parameterRepairs, options } = call.parts;
  const { steps, spare } = plan;
  const route = new Route(plan);
  const judgeKeys = keyJudge();
  let sent = 0;
  let paid = 0;
  let current: Attempt | null = null;
  const open = async (): Promise<Attempt> => {
    current = null;
    current = await opened(call, route.current);
    sent += 1;
    return current;
  };
  const judge = (error: RouteLLError): FailureVerdict => {
    if (current === null) return judgeRefusal(error);
    const { step, body } = current;
    if (parameterRepairs.learn(error, { step, body, request, isRouted })) return REPAIRED;
    return judgeKeys(route.current, judgeFailure(error));
  };
  // The cap and the temperature of each model; they count beside the retries.
  let repairsLeft = 2 * (steps.length + spare.length);
  // What a budget refuses was not tried.
  let refusalsLeft = spare.length;
  const result = await runWithRetries(() => throughLimits(call, route, open, exchange), {
    retries: steps.length - 1 + options.retries.maxRetries + otherKeys(steps) + repairsLeft + refusalsLeft,
    signal: call.signal,
    beforeRetry: async (thrown, retriesLeft) => {
      const error = asRouteLLError(thrown);
      call.errors.push(error);
      call.throwIfAborted();
      const verdict = judge(error);
      if (verdict === REPAIRED) repairsLeft -= 1;
      else if (error.code === 'budget' && refusalsLeft > 0) refusalsLeft -= 1;
      else if (retriesLeft <= repairsLeft + refusalsLeft) throw error;
      // The call's first attempt is free; what was refused before it does not use that up. So is a change of
      // key, once per other key at most, and a repair, once per model: neither is an outage.
      const mayTry = (): boolean => {
        if (sent === 0 || verdict.retrySame === 'at-once') return true;
        if (!retryBudget.tryRetry()) return false;
        paid += 1;
        return true;
      };
      await moveOn(call, route, { error, verdict, mayTry });
    },
  });
  retryBudget.succeeded(paid);
  return result;
}

/**
 * Attempts until the answer is no rate limit that a patient call waits for. Such a wait is no retry: all who
 * stand in line have it, and it is paid from nothing.
 */
async function throughLimits<T>(
  call: Call,
  route: Route,
  open: () => Promise<Attempt>,
  exchange: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  for (let waits = 0; ; waits++) {
    const attempt = await open();
    try {
      return await exchange(attempt);
    } catch (thrown) {
      const error = asRouteLLError(thrown);
      if (!isWaitedFor(call, error)) throw error;
      call.errors.push(error);
      await standInLine(call, route, { error, waits });
    }
  }
}

function isWaitedFor({ isPatient, signal }: Call, error: RouteLLError): boolean {
  if (!isPatient || signal.aborted || error.code !== 'rate-limit') return false;
  return error.retryable && requestedWaitMs(error) <= LONGEST_PAUSE_MS;
}

/** Without end, nobody may ask all the time: where the upstream does not say how long, waits grow from here. */
const LEAST_DELAY_MS = 1000;

/** Goes to another account that may be asked now; else waits for the first that may. */
async function standInLine(
  call: Call,
  route: Route,
  { error, waits }: { readonly error: RouteLLError; readonly waits: number },
): Promise<void> {
  const { options, clock, random } = call.parts;
  const from = route.current;
  const nowMs = clock.monotonic();
  route.limitUntil(nowMs + requestedWaitMs(error));
  if (!route.toFreeAccount(nowMs)) {
    route.toFirstFree();
    const retryDelayMs = Math.max(LEAST_DELAY_MS, options.retries.retryDelayMs);
    const waitMs = Math.max(jitteredMs(waits, { retryDelayMs, random }), route.heldUntilMs - nowMs);
    await call.inLine(() => clock.sleep(waitMs, call.signal));
  }
  tellMove(call, from, route.current, error);
}

/** Lets a call change the key of each provider as often as it has others. */
function keyJudge(): (step: PlanStep, verdict: FailureVerdict) => FailureVerdict {
  const changes = new Map<PlanStep['provider'], number>();
  return ({ provider }, verdict) => {
    if (verdict.retrySame !== 'at-once') return verdict;
    const made = changes.get(provider) ?? 0;
    // Calls at the same time may find that the ring has begun anew: each has its own count.
    if (made >= (provider.keyCount ?? 1) - 1) return OTHER_ACCOUNT_ONLY;
    changes.set(provider, made + 1);
    return verdict;
  };
}

/** How often a call may change to another key. */
function otherKeys(steps: readonly PlanStep[]): number {
  const providers = new Set(steps.map(({ provider }) => provider));
  return [...providers].reduce((sum, { keyCount = 1 }) => sum + keyCount - 1, 0);
}

/** An attempt with its leases; what a store or a clock throws is an error of the call too. */
async function opened(call: Call, step: PlanStep): Promise<Attempt> {
  try {
    return await openAttempt(call, step);
  } catch (error) {
    throw asRouteLLError(error);
  }
}

/** Decides where the next attempt goes and waits as long as it must; throws where there is none. */
async function moveOn(
  call: Call,
  route: Route,
  {
    error,
    verdict,
    mayTry,
  }: { readonly error: RouteLLError; readonly verdict: FailureVerdict; readonly mayTry: () => boolean },
): Promise<void> {
  const { options, clock, random } = call.parts;
  const from = route.current;
  const nowMs = clock.monotonic();
  if (error.code === 'rate-limit') route.limitUntil(nowMs + requestedWaitMs(error));
  else route.holdUntil(nowMs + requestedWaitMs(error));
  const move = cheaperMove(call, route, error) ?? route.after(verdict, options.retries.maxRetries);
  if (move === null) throw error;
  const { retryDelayMs } = options.retries;
  const backoff = move.isNewRound ? backoffMs(error, move.round - 1, { retryDelayMs, random }) : 0;
  const waitMs = Math.max(backoff, route.heldUntilMs - nowMs);
  // Another failure may lead back to an account that has asked to wait: a patient call does.
  const isInLine =
    call.isPatient && waitMs > 0 && waitMs <= Math.min(route.limitedUntilMs - nowMs, LONGEST_PAUSE_MS);
  if ((!isInLine && waitMs >= call.remainingMs()) || !mayTry()) throw error;
  if (isInLine) await call.inLine(() => clock.sleep(waitMs, call.signal));
  else if (waitMs > 0) await clock.sleep(waitMs, call.signal);
  tellMove(call, from, route.current, error);
}

/** Where a budget refused the model that the router chose: one that costs less. */
function cheaperMove(call: Call, route: Route, { code }: RouteLLError): Move | null {
  if (code !== 'budget' || !call.isRouted) return null;
  return route.toCheaper((step) => leastBoundUsd(call, step));
}

function tellMove(call: Call, from: PlanStep, to: PlanStep, { message }: RouteLLError): void {
  if (to === from) return;
  const { clock, events } = call.parts;
  events.emit('route-fallback', {
    callId: call.callId,
    at: clock.now(),
    from: from.model.name,
    fromProvider: from.provider.id,
    to: to.model.name,
    toProvider: to.provider.id,
    reason: message,
  });
}
