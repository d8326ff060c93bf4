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
import type { CallRequest } from './request.js';
import { leastBoundUsd } from './reserve.js';

/**
 * Tries the steps of a plan until one serves: the next model at once where another may do better, and
 * once the plan is used up, from its start again after a back-off. Every attempt beyond the first is paid
 * from the client's retry budget. Fallback, repair, retry and resumption are turns of this one loop.
 */
export async function attemptAlong<T>(call: Call, plan: PlanSteps, exchange: Exchange<T>): Promise<T> {
  const loop = new AttemptLoop(call, plan, exchange);
  const result = await loop.begin();
  loop.succeeded();
  return result;
}

type PlanSteps = Pick<Plan, 'steps' | 'spare'>;

type Exchange<T> = (attempt: Attempt) => Promise<T>;

/** The loop of one call, which may be gone on with after it has brought something. */
export class AttemptLoop<T> {
  readonly #call: Call;
  readonly #exchange: Exchange<T>;
  readonly #route: Route;
  readonly #judgeKeys = keyJudge();
  #request: CallRequest;
  #retriesLeft: number;
  /** The cap and the temperature of each model; they count beside the retries. */
  #repairsLeft: number;
  /** What a budget refuses was not tried. */
  #refusalsLeft: number;
  #sent = 0;
  /** Retries that were paid and not given back. */
  #paid = 0;
  /** Whether the attempt to come is one of them. */
  #isMovePaid = false;
  #current: Attempt | null = null;

  constructor(call: Call, plan: PlanSteps, exchange: Exchange<T>) {
    const { steps, spare } = plan;
    this.#call = call;
    this.#exchange = exchange;
    this.#route = new Route(plan);
    this.#request = call.request;
    this.#repairsLeft = 2 * (steps.length + spare.length);
    this.#refusalsLeft = spare.length;
    const { maxRetries } = call.parts.options.retries;
    this.#retriesLeft =
      steps.length - 1 + maxRetries + otherKeys(steps) + this.#repairsLeft + this.#refusalsLeft;
  }

  /** Whether what it brings was worth its retries may show later: `succeeded` is to be told. */
  begin(): Promise<T> {
    return this.#run();
  }

  /**
   * Goes on after what the loop had brought has failed, as after any failed attempt.
   * @param request What is asked from now on.
   */
  async goOn(error: RouteLLError, request: CallRequest): Promise<T> {
    await this.#beforeRetry(error, this.#retriesLeft);
    this.#request = request;
    return this.#run();
  }

  #run(): Promise<T> {
    return runWithRetries(() => this.#throughLimits(), {
      retries: Math.max(0, this.#retriesLeft),
      signal: this.#call.signal,
      beforeRetry: (thrown, retriesLeft) => this.#beforeRetry(asRouteLLError(thrown), retriesLeft),
    });
  }

  /** What the loop has brought was good: the retries it took are given back. */
  succeeded(): void {
    this.#call.parts.retryBudget.succeeded(this.#paid);
    this.#paid = 0;
  }

  /** Decides on, and waits for, the next attempt; throws the error where there is none. */
  async #beforeRetry(error: RouteLLError, retriesLeft: number): Promise<void> {
    const call = this.#call;
    call.errors.push(error);
    call.throwIfAborted();
    const verdict = this.#judge(error);
    if (verdict === REPAIRED) this.#repairsLeft -= 1;
    else if (error.code === 'budget' && this.#refusalsLeft > 0) this.#refusalsLeft -= 1;
    else if (retriesLeft <= this.#repairsLeft + this.#refusalsLeft) throw error;
    this.#retriesLeft = retriesLeft - 1;
    await moveOn(call, this.#route, { error, verdict, mayTry: () => this.#mayTry(verdict) });
  }

  #judge(error: RouteLLError): FailureVerdict {
    if (this.#current === null) return judgeRefusal(error);
    const { parameterRepairs } = this.#call.parts;
    const { step, body } = this.#current;
    const sent = { step, body, request: this.#request, isRouted: this.#call.isRouted };
    if (parameterRepairs.learn(error, sent)) return REPAIRED;
    return this.#judgeKeys(this.#route.current, judgeFailure(error));
  }

  /**
   * The call's first attempt is free; what was refused before it does not use that up. So is a change of
   * key, once per other key at most, and a repair, once per model: neither is an outage.
   */
  #mayTry(verdict: FailureVerdict): boolean {
    if (this.#sent === 0 || verdict.retrySame === 'at-once') return true;
    if (!this.#call.parts.retryBudget.tryRetry()) return false;
    this.#paid += 1;
    this.#isMovePaid = true;
    return true;
  }

  async #open(): Promise<Attempt> {
    this.#current = null;
    try {
      this.#current = await opened(this.#call, this.#route.current, this.#request);
    } catch (error) {
      this.#takeBack();
      throw error;
    }
    this.#isMovePaid = false;
    this.#sent += 1;
    return this.#current;
  }

  /** What was refused before it was sent is no retry. */
  #takeBack(): void {
    if (!this.#isMovePaid) return;
    this.#isMovePaid = false;
    this.#paid -= 1;
    this.#call.parts.retryBudget.giveBack();
  }

  /**
   * Attempts until the answer is no rate limit that a patient call waits for. Such a wait is no retry: all who
   * stand in line have it, and it is paid from nothing.
   */
  async #throughLimits(): Promise<T> {
    for (let waits = 0; ; waits++) {
      const attempt = await this.#open();
      try {
        return await this.#exchange(attempt);
      } catch (thrown) {
        const error = asRouteLLError(thrown);
        if (!isWaitedFor(this.#call, error)) throw error;
        this.#call.errors.push(error);
        await standInLine(this.#call, this.#route, { error, waits });
      }
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
async function opened(call: Call, step: PlanStep, request: CallRequest): Promise<Attempt> {
  try {
    return await openAttempt(call, step, request);
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
