import { costUsd, pricesOf } from '../catalog/cost.js';
import type { RouteLLError } from '../errors.js';
import type { ReservationLease } from '../credits/reservation.js';
import type { PermitLease } from '../rate-limiter/rate-limiter.js';
import type { AttemptRow } from '../stores.js';
import type { Charge, ChatRequestBody, Lease, ModelPrices, TokenUsage } from '../types.js';
import { mayBeBilled } from '../upstream/failure.js';
import { type HealthOutcome, isUpstreamFailure } from '../upstream/health.js';
import { requestedWaitMs } from '../upstream/retry-policy.js';
import type { Call } from './call.js';
import type { PlanStep } from './plan.js';
import { reserve } from './reserve.js';
import { tuneRequest } from './tune.js';

/** What an attempt used, and what the upstream says it charged. */
export interface Consumption {
  readonly usage: TokenUsage;
  readonly charged: Charge | null;
  /** The model that the upstream says answered. */
  readonly servedModel?: string;
}

interface AttemptLeases {
  readonly health: Lease<HealthOutcome>;
  readonly permit: PermitLease;
  readonly reservation: ReservationLease;
}

/**
 * Acquires the three leases of an attempt, in this order: leave to try the model, a permit of the
 * rate limits (which may wait), and the money. What was acquired is given back where a later one is refused.
 */
export async function openAttempt(call: Call, step: PlanStep): Promise<Attempt> {
  const { parts } = call;
  const attemptId = call.nextAttemptId();
  const health = parts.health.acquire(step.provider.id, step.model.name);
  try {
    const permit = await parts.limiter.acquire({
      tokens: call.inputTokens,
      priority: call.priority,
      signal: call.signal,
      maxWaitMs: call.remainingMs(),
      callId: call.callId,
    });
    try {
      const tuned = tuneRequest(call.request, step.model, call.isRouted);
      const { reservation, body } = await reserve(call, step, { attemptId, tuned });
      return new Attempt(call, step, { attemptId, body, leases: { health, permit, reservation } });
    } catch (error) {
      await permit.release();
      throw error;
    }
  } catch (error) {
    await health.release();
    throw error;
  }
}

/** One attempt at one model that holds its leases and gives them back once, with what came of it. */
export class Attempt {
  readonly step: PlanStep;
  readonly body: ChatRequestBody;
  readonly #call: Call;
  readonly #leases: AttemptLeases;
  readonly #attemptId: string;
  readonly #startedAt: number;
  readonly #startedMs: number;
  #firstTokenMs: number | null = null;
  #isClosed = false;

  constructor(
    call: Call,
    step: PlanStep,
    data: { readonly attemptId: string; readonly body: ChatRequestBody; readonly leases: AttemptLeases },
  ) {
    this.step = step;
    this.body = data.body;
    this.#call = call;
    this.#leases = data.leases;
    this.#attemptId = data.attemptId;
    this.#startedAt = call.parts.clock.now();
    this.#startedMs = call.parts.clock.monotonic();
    call.parts.events.emit('attempt-start', this.#eventData());
  }

  /** The first token of a stream has arrived. */
  firstToken(): void {
    if (this.#firstTokenMs !== null) return;
    this.#firstTokenMs = this.#elapsedMs();
    this.#call.parts.events.emit('stream-first-token', {
      ...this.#eventData(),
      firstTokenMs: this.#firstTokenMs,
    });
  }

  async succeed(consumption: Consumption): Promise<void> {
    await this.#close('success', 'yes', consumption, 'success');
  }

  /** @param consumption What it used as far as it is known or can be estimated. */
  async fail(error: RouteLLError, consumption: Consumption): Promise<void> {
    if (this.#isClosed) return;
    const billed = billedBy(error, consumption);
    const health = isUpstreamFailure(error) ? 'failure' : 'release';
    if (error.code === 'rate-limit') this.#call.parts.limiter.pause(requestedWaitMs(error));
    await this.#close(error.code, billed, billed === 'no' ? null : consumption, health);
    this.#call.parts.events.emit('attempt-error', {
      ...this.#eventData(),
      error: { code: error.code, message: error.message, retryable: error.retryable },
      billed,
      latencyMs: this.#elapsedMs(),
    });
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
      attemptId: this.#attemptId,
      at: this.#startedAt,
      model: model.name,
      provider: provider.id,
      group: provider.group,
      outcome,
      billed,
      usage,
      costUsd: usage === null ? 0 : costUsd(this.#pricesOf(consumption), usage, this.#startedAt),
      charged,
      reservedUsd: this.#leases.reservation.reservedUsd,
      latencyMs: this.#elapsedMs(),
      firstTokenMs: this.#firstTokenMs,
    };
    this.#call.rows.push(row);
    await this.#giveBack(row, health);
    if (billed !== 'no') parts.balance.record(charged, row.costUsd);
    if (outcome === 'success') {
      parts.events.emit('attempt-end', {
        ...this.#eventData(),
        usage,
        costUsd: row.costUsd,
        latencyMs: row.latencyMs,
      });
    }
  }

  /** Where the upstream routes by itself, the price is that of the model it says answered. */
  #pricesOf(consumption: Consumption | null): ModelPrices | null {
    const { model, prices } = this.step;
    const served = consumption?.servedModel;
    if (model.routesItself !== true || served === undefined || served === model.name) return prices;
    const servedModel = this.#call.parts.catalog.get(served);
    return servedModel === undefined ? prices : (pricesOf(servedModel) ?? prices);
  }

  /** A store that fails is logged: the answer the caller paid for is not thrown away for it. */
  async #giveBack(row: AttemptRow, health: HealthOutcome | 'release'): Promise<void> {
    const { reservation, permit, health: healthLease } = this.#leases;
    const { journal, logger } = this.#call.parts;
    try {
      if (row.billed === 'no') await reservation.release();
      else await reservation.settle({ costUsd: row.costUsd, charged: row.charged });
      await permit.settle({ tokens: row.usage?.totalTokens ?? 0 });
      await (health === 'release' ? healthLease.release() : healthLease.settle(health));
      await journal.append({ kind: 'attempt', record: row });
    } catch (error) {
      logger.error('an attempt could not be recorded', { attemptId: row.attemptId, error: String(error) });
    }
  }

  #elapsedMs(): number {
    return this.#call.parts.clock.monotonic() - this.#startedMs;
  }

  #eventData(): { callId: string; attemptId: string; at: number; model: string; provider: string } {
    return {
      callId: this.#call.callId,
      attemptId: this.#attemptId,
      at: this.#call.parts.clock.now(),
      model: this.step.model.name,
      provider: this.step.provider.id,
    };
  }
}

function billedBy(error: RouteLLError, { usage, charged }: Consumption): AttemptRow['billed'] {
  if (charged !== null || !usage.estimated) return 'yes';
  return mayBeBilled(error) ? 'unknown' : 'no';
}
