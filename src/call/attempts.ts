import { asRouteLLError, type RouteLLError } from '../errors.js';
import {
  backoffMs,
  type FailureVerdict,
  judgeFailure,
  judgeRefusal,
  requestedWaitMs,
} from '../upstream/retry-policy.js';
import { runWithRetries } from '../upstream/retry.js';
import { type Attempt, LONGEST_PAUSE_MS, openAttempt } from './attempt.js';
import type { Call } from './call.js';
import type { PlanStep } from './plan-step.js';

/**
 * Tries the steps of a plan until one serves: the next model at once where another may do better, and
 * once the plan is used up, from its start again after a back-off. Every attempt beyond the first is paid
 * from the client's retry budget. Fallback, repair and retry are turns of this one loop.
 */
export async function attemptAlong<T>(
  call: Call,
  steps: readonly PlanStep[],
  exchange: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const { retryBudget, options } = call.parts;
  const route = new Route(steps);
  let sent = 0;
  let paid = 0;
  let wasSent = false;
  const result = await runWithRetries(
    async () => {
      wasSent = false;
      const attempt = await opened(call, route.current);
      wasSent = true;
      sent += 1;
      return exchange(attempt);
    },
    {
      retries: steps.length - 1 + options.retries.maxRetries + otherKeys(steps),
      signal: call.signal,
      beforeRetry: async (thrown, retriesLeft) => {
        const error = asRouteLLError(thrown);
        call.errors.push(error);
        call.throwIfAborted();
        if (retriesLeft === 0) throw error;
        const verdict = wasSent ? judgeFailure(error) : judgeRefusal(error);
        // The call's first attempt is free; what was refused before it does not use that up. So is a change
        // of key, which each call makes once per key at most: a key that was revoked is no outage.
        const mayTry = (): boolean => {
          if (sent === 0 || verdict.retrySame === 'at-once') return true;
          if (!retryBudget.tryRetry()) return false;
          paid += 1;
          return true;
        };
        await moveOn(call, route, { error, verdict, mayTry });
      },
    },
  );
  retryBudget.succeeded(paid);
  return result;
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
  const { options, clock, random, events } = call.parts;
  const from = route.current;
  route.holdUntil(clock.monotonic() + requestedWaitMs(error));
  const move = route.after(verdict, options.retries.maxRetries);
  if (move === null) throw error;
  const { retryDelayMs } = options.retries;
  const backoff = move.isNewRound ? backoffMs(error, move.round - 1, { retryDelayMs, random }) : 0;
  const waitMs = Math.max(backoff, route.heldUntilMs - clock.monotonic());
  // All who stand in line wait as long for the limiter; a patient call is one of them.
  const isInLine = call.isPatient && error.code === 'rate-limit' && waitMs <= LONGEST_PAUSE_MS;
  if ((!isInLine && waitMs >= call.remainingMs()) || !mayTry()) throw error;
  if (isInLine) await call.inLine(() => clock.sleep(waitMs, call.signal));
  else if (waitMs > 0) await clock.sleep(waitMs, call.signal);
  const to = route.current;
  if (to !== from) {
    events.emit('route-fallback', {
      callId: call.callId,
      at: clock.now(),
      from: from.model.name,
      fromProvider: from.provider.id,
      to: to.model.name,
      toProvider: to.provider.id,
      reason: error.message,
    });
  }
}

interface Move {
  /** The plan was used up and is begun again. */
  readonly isNewRound: boolean;
  /** How often it has been begun again. */
  readonly round: number;
}

/** Where an attempt loop stands in its plan. Steps that cannot do better are struck out. */
class Route {
  #alive: readonly PlanStep[];
  /** Steps still to be tried in this round. */
  #ahead: readonly PlanStep[];
  /** Monotonic instants before which a step asked not to be tried. */
  readonly #heldUntilMs = new Map<PlanStep, number>();
  #round = 0;
  current: PlanStep;

  constructor(steps: readonly PlanStep[]) {
    const [first, ...rest] = steps;
    if (first === undefined) throw new RangeError('a plan has at least one step');
    this.current = first;
    this.#alive = steps;
    this.#ahead = rest;
  }

  /** The current step is not tried again before this instant, whatever is tried meanwhile. */
  holdUntil(untilMs: number): void {
    this.#heldUntilMs.set(this.current, untilMs);
  }

  /** The instant before which the current step is not to be tried. */
  get heldUntilMs(): number {
    return this.#heldUntilMs.get(this.current) ?? -Infinity;
  }

  /** Moves on after a failure; `null` where nothing is left to try. */
  after({ retrySame, fallBack }: FailureVerdict, maxRounds: number): Move | null {
    if (retrySame === 'at-once') return { isNewRound: false, round: this.#round };
    const failed = this.current;
    const mayDoBetter = ({ provider, model }: PlanStep): boolean => {
      if (fallBack === 'any' || fallBack === 'no') return fallBack === 'any';
      return (
        provider.group !== failed.provider.group || (fallBack === 'unlimited' && model.unlimited === true)
      );
    };
    if (!retrySame) this.#alive = this.#alive.filter((step) => step !== failed && mayDoBetter(step));
    const [next, ...rest] = this.#ahead.filter((step) => mayDoBetter(step));
    if (next !== undefined) {
      this.current = next;
      this.#ahead = rest;
      return { isNewRound: false, round: this.#round };
    }
    const [first, ...others] = this.#alive;
    if (first === undefined || this.#round >= maxRounds) return null;
    this.current = first;
    this.#ahead = others;
    this.#round += 1;
    return { isNewRound: true, round: this.#round };
  }
}
