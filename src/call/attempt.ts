import { describeThrown, type RouteLLError } from '../errors.js';
import type { PermitLease, RateLimiter } from '../rate-limiter/rate-limiter.js';
import type { AttemptRow } from '../stores.js';
import type { ChatRequestBody, Lease, MaybePromise } from '../types.js';
import { type HealthOutcome, isUpstreamFailure } from '../upstream/health.js';
import { requestedWaitMs } from '../upstream/retry-policy.js';
import { balanceAt } from './account-balance.js';
import { attemptCostUsd, billedBy, type Consumption } from './attempt-cost.js';
import type { Call } from './call.js';
import { isImpatience } from './deadline.js';
import { withUnderWay } from './estimated-usage.js';
import { learnDemand } from './learn-answer.js';
import type { CallParts } from './parts.js';
import type { ParameterChange } from './optimizer/changes.js';
import { changesSent, optimizeTuned } from './optimizer/optimize-attempt.js';
import type { PlanStep } from './plan-step.js';
import type { CallRequest } from './request.js';
import { type AskedFor, type Reserved, reserve } from './reserve.js';
import { tuneRequest } from './tune.js';
import { untilAborted } from '../until-aborted.js';

/** A day: who asks for more has made a mistake, and would silence the client for good. */
export const LONGEST_PAUSE_MS = 86_400_000;

interface AttemptLeases {
  readonly health: Lease<HealthOutcome>;
  readonly permit: PermitLease;
  readonly reserved: Reserved;
}

/**
 * Acquires the three leases of an attempt, in this order: leave to try the model, a permit of the
 * rate limits (which may wait), and the money. What was acquired is given back where a later one is refused.
 */
export async function openAttempt(call: Call, step: PlanStep, request: CallRequest): Promise<Attempt> {
  const { parts } = call;
  const limiter = limiterOf(parts, step);
  const known = parts.parameterRepairs.applied(step);
  const attemptId = call.nextAttemptId();
  const health = parts.health.acquire(step.provider.id, step.model.name);
  try {
    const { callId, inputTokens: tokens, priority, signal } = call;
    const permit = await call.inLine((maxWaitMs) =>
      limiter.acquire({ tokens, priority, signal, maxWaitMs, callId }),
    );
    try {
      const tuned = optimizeTuned(call, tuneRequest(request, known, call.isRouted), known);
      const reserved = await reserveInTime(call, known, { attemptId, request, tuned });
      // The time that the stores took may have been the last.
      if (call.signal.aborted) await giveBack(call, attemptId, () => reserved.reservation.release());
      call.throwIfAborted();
      const changes = changesSent(tuned.changes, reserved.body);
      return new Attempt(call, step, { attemptId, request, changes, leases: { health, permit, reserved } });
    } catch (error) {
      await giveBack(call, attemptId, () => permit.release());
      throw error;
    }
  } catch (error) {
    await giveBack(call, attemptId, () => health.release());
    throw error;
  }
}

/** Money for an attempt; what a store grants once the call has ended is given back. */
async function reserveInTime(call: Call, step: PlanStep, asked: AskedFor): Promise<Reserved> {
  const reserving = reserve(call, step, asked);
  try {
    return await untilAborted(reserving, call.signal);
  } catch (error) {
    if (call.signal.aborted) {
      const release = ({ reservation }: Reserved): Promise<void> =>
        giveBack(call, asked.attemptId, () => reservation.release());
      reserving.then(release).catch(() => undefined);
    }
    throw error;
  }
}

/** Providers of one account share its limits. */
function limiterOf({ limiters }: CallParts, { provider }: PlanStep): RateLimiter {
  const limiter = limiters.get(provider.group);
  if (limiter === undefined) throw new RangeError(`the group ${provider.group} has its limits`);
  return limiter;
}

/** A store that fails is logged: neither the answer nor the other leases are thrown away for it. */
async function giveBack(call: Call, attemptId: string, give: () => MaybePromise<void>): Promise<void> {
  await call.stores.until(give, (error) => {
    const fields = { attemptId, error: describeThrown(error) };
    call.parts.logger.error('what an attempt held or did could not be recorded', fields);
  });
}

/** One attempt at one model that holds its leases and gives them back once, with what came of it. */
export class Attempt {
  readonly attemptId: string;
  readonly step: PlanStep;
  readonly request: CallRequest;
  readonly body: ChatRequestBody;
  /** What of the body the optimizer filled in. */
  readonly changes: readonly ParameterChange[];
  readonly #call: Call;
  readonly #leases: AttemptLeases;
  readonly #startedAt: number;
  readonly #startedMs: number;
  #firstTokenMs: number | null = null;
  /** How long a stream was not read, or was silent, from its first token to the last chunk asked for. */
  #silentMs = 0;
  /** When its last chunk arrived, or the next was asked for. */
  #heardMs = 0;
  #isClosed = false;

  constructor(
    call: Call,
    step: PlanStep,
    {
      attemptId,
      request,
      changes,
      leases,
    }: {
      readonly attemptId: string;
      readonly request: CallRequest;
      readonly changes: readonly ParameterChange[];
      readonly leases: AttemptLeases;
    },
  ) {
    this.attemptId = attemptId;
    this.step = step;
    this.request = request;
    this.changes = changes;
    this.body = leases.reserved.body;
    this.#call = call;
    this.#leases = leases;
    this.#startedAt = call.parts.clock.now();
    this.#startedMs = call.parts.clock.monotonic();
    call.parts.events.emit('attempt-start', {
      callId: call.callId,
      attemptId,
      at: this.#startedAt,
      model: step.model.name,
      provider: step.provider.id,
    });
  }

  /** The first token of a stream has arrived. */
  firstToken(): void {
    if (this.#firstTokenMs !== null) return;
    this.#firstTokenMs = this.#elapsedMs();
    this.#heardMs = this.#firstTokenMs;
    const { callId, parts } = this.#call;
    parts.events.emit('stream-first-token', {
      callId,
      attemptId: this.attemptId,
      at: parts.clock.now(),
      model: this.step.model.name,
      provider: this.step.provider.id,
      firstTokenMs: this.#firstTokenMs,
    });
  }

  /** The next chunk is asked for: while nobody reads, a model goes on. */
  reads(): void {
    const nowMs = this.#elapsedMs();
    this.#silentMs += nowMs - this.#heardMs;
    this.#heardMs = nowMs;
  }

  /** A chunk has arrived. */
  heard(): void {
    this.#heardMs = this.#elapsedMs();
  }

  async succeed(consumption: Consumption): Promise<void> {
    await this.#close('success', 'yes', consumption, 'success');
    const { parts, request, session, inputTokens } = this.#call;
    const { name } = this.step.model;
    // The router knows it by its name, whatever it was asked for by.
    const model = parts.catalog.get(name)?.name ?? name;
    const served = { model, prices: this.step.prices, sentAt: this.#startedAt, usage: consumption.usage };
    parts.warmPrefixes.learn({ request, session, inputTokens }, served);
  }

  /** @param seen What it used as far as it is known, or can be estimated from what has arrived. */
  async fail(error: RouteLLError, seen: Consumption): Promise<void> {
    if (this.#isClosed) return;
    const billed = billedBy(error, seen);
    const retryAfterMs = Math.min(LONGEST_PAUSE_MS, requestedWaitMs(error));
    const health =
      isUpstreamFailure(error) && !isImpatience(error, this.#call.request) ? { retryAfterMs } : 'release';
    const { callId, parts } = this.#call;
    const limiter = limiterOf(parts, this.step);
    if (error.code === 'rate-limit' && limiter.limits.adaptive) {
      limiter.pause(retryAfterMs);
    }
    await this.#close(error.code, billed, this.#consumed(billed, seen), health);
    parts.events.emit('attempt-error', {
      callId,
      attemptId: this.attemptId,
      at: parts.clock.now(),
      model: this.step.model.name,
      provider: this.step.provider.id,
      error: { code: error.code, message: error.message, retryable: error.retryable },
      billed,
      latencyMs: this.#elapsedMs(),
    });
  }

  /** Where nobody says what was billed, the row must not be under what may have been. */
  #consumed(billed: AttemptRow['billed'], seen: Consumption): Consumption | null {
    if (billed === 'no') return null;
    if (billed === 'yes') return seen;
    const { choices, outputCap } = this.#leases.reserved;
    const silentMs = (this.#firstTokenMs ?? 0) + this.#silentMs + this.#elapsedMs() - this.#heardMs;
    return { ...seen, usage: withUnderWay(seen.usage, { choices, outputCap, silentMs }) };
  }

  /** Gives the leases back in reverse, and writes the one row of the attempt. */
  async #close(
    outcome: AttemptRow['outcome'],
    billed: AttemptRow['billed'],
    consumption: Consumption | null,
    health: HealthOutcome | 'release',
  ): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { parts, callId } = this.#call;
    const { model, provider } = this.step;
    const usage = consumption?.usage ?? null;
    const charged = consumption?.charged ?? null;
    const row: AttemptRow = {
      callId,
      attemptId: this.attemptId,
      at: this.#startedAt,
      model: model.name,
      provider: provider.id,
      group: provider.group,
      outcome,
      billed,
      usage,
      costUsd: attemptCostUsd(parts, this.step, { consumption, at: this.#startedAt }),
      charged,
      reservedUsd: this.#leases.reserved.reservation.reservedUsd,
      latencyMs: this.#elapsedMs(),
      firstTokenMs: this.#firstTokenMs,
    };
    this.#call.rows.push(row);
    await this.#giveBack(row, health);
    if (billed !== 'no') balanceAt(parts, provider).record(charged, row.costUsd);
    parts.discrepancies.tell(row, consumption?.mismatches ?? [], parts.clock.now());
    if (billed !== 'no') learnDemand(parts, row);
    if (outcome === 'success') {
      parts.events.emit('attempt-end', {
        callId,
        attemptId: row.attemptId,
        at: parts.clock.now(),
        model: row.model,
        provider: row.provider,
        usage,
        costUsd: row.costUsd,
        latencyMs: row.latencyMs,
      });
    }
  }

  async #giveBack(row: AttemptRow, health: HealthOutcome | 'release'): Promise<void> {
    const { reserved, permit, health: healthLease } = this.#leases;
    const { attemptId, billed, charged } = row;
    const give = (act: () => MaybePromise<void>): Promise<void> => giveBack(this.#call, attemptId, act);
    await give(() =>
      billed === 'no'
        ? reserved.reservation.release()
        : reserved.reservation.settle({ costUsd: this.#costToBook(row), charged }),
    );
    await give(() => permit.settle({ tokens: this.#tokensToCount(row) }));
    await give(() => (health === 'release' ? healthLease.release() : healthLease.settle(health)));
    await give(() => this.#call.parts.journal.append({ kind: 'attempt', record: row }));
  }

  /** A budget must not be under what was spent: of what was never heard of again all that was reserved is booked. */
  #costToBook({ billed, usage, costUsd }: AttemptRow): number | null {
    if (billed !== 'unknown') return costUsd;
    const outputTokens = this.#firstTokenMs === null ? null : (usage?.outputTokens ?? 0);
    const mostUsd = this.#leases.reserved.mostUsd(outputTokens);
    return mostUsd === null ? costUsd : Math.max(mostUsd, costUsd ?? 0);
  }

  /** Without a figure the estimate it was admitted with stands: a limit is no bill, and needs no upper one. */
  #tokensToCount({ billed, usage }: AttemptRow): number | undefined {
    if (billed === 'no') return 0;
    return billed === 'unknown' && this.#firstTokenMs === null ? undefined : usage?.totalTokens;
  }

  #elapsedMs(): number {
    return this.#call.parts.clock.monotonic() - this.#startedMs;
  }
}
