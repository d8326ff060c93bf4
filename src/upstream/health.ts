import type { Clock } from '../clock.js';
import { type RouteLLError, type RouteLLErrorCode, UpstreamError } from '../errors.js';
import type { EventBus } from '../events.js';
import type { Lease } from '../types.js';

export interface HealthOptions {
  readonly clock: Clock;
  readonly events?: EventBus;
  /** Failures in a row that open the breaker; at one fault in five, ten in a row are chance once in 10⁷. @default 10 */
  readonly failureThreshold?: number;
  /** How long it stays open before one probe is let through. @default 15_000 */
  readonly coolDownMs?: number;
  /** How long a probe may keep others out without reporting back. @default 60_000 */
  readonly probeLeaseMs?: number;
}

/** How an attempt ended, as far as the upstream's health is concerned. A failure may ask to be left alone. */
export type HealthOutcome = 'success' | 'failure' | { readonly retryAfterMs: number };

interface TargetHealth {
  failuresInARow: number;
  /** Exponentially weighted share of successes, as of `recordedMs`. */
  share: number;
  recordedMs: number;
  /** Monotonic; 0 while the breaker is shut. */
  openUntilMs: number;
  /** Monotonic end of the running probe's lease; 0 where none runs. */
  probeUntilMs: number;
}

const SHARE_WEIGHT = 0.2;
const HEALING_HALF_LIFE_MS = 60_000;

/** Failures that are the upstream's own; the caller's mistakes and our limits never count. */
const UPSTREAM_FAILURES: ReadonlySet<RouteLLErrorCode> = new Set([
  'upstream',
  'timeout',
  'malformed-response',
  'incomplete-stream',
]);

export function isUpstreamFailure(error: RouteLLError): boolean {
  return UPSTREAM_FAILURES.has(error.code);
}

/** A breaker per provider and model: fails fast while a target is down, and lets one probe at a time find out. */
export class ModelHealth {
  readonly #targets = new Map<string, TargetHealth>();
  readonly #options: Required<Omit<HealthOptions, 'events'>>;
  readonly #events: EventBus | undefined;

  constructor({
    clock,
    events,
    failureThreshold = 10,
    coolDownMs = 15_000,
    probeLeaseMs = 60_000,
  }: HealthOptions) {
    this.#options = { clock, failureThreshold, coolDownMs, probeLeaseMs };
    this.#events = events;
  }

  /** False while no target has ever failed: every share is then 1. */
  get hasFailures(): boolean {
    return this.#targets.size > 0;
  }

  /** Share of recent attempts that were served, 0..1; 1 where nothing is known. */
  share(provider: string, model: string): number {
    const target = this.#targets.get(keyOf(provider, model));
    return target === undefined ? 1 : this.#healed(target);
  }

  /** Milliseconds until an attempt would be let through. */
  waitMs(provider: string, model: string): number {
    const target = this.#targets.get(keyOf(provider, model));
    if (target === undefined || target.openUntilMs === 0) return 0;
    return Math.max(0, Math.max(target.openUntilMs, target.probeUntilMs) - this.#options.clock.monotonic());
  }

  /**
   * Leave to try a target.
   * @throws {UpstreamError} retryable, while the target is held to be down.
   */
  acquire(provider: string, model: string): Lease<HealthOutcome> {
    const key = keyOf(provider, model);
    const target = this.#targets.get(key);
    const probing = target !== undefined && target.openUntilMs > 0;
    if (probing) this.#admitProbe(target, provider, model);
    const probeUntilMs = target?.probeUntilMs;
    let open = true;
    const once = (act: () => void): void => {
      if (open) act();
      open = false;
    };
    return {
      settle: (outcome) => once(() => this.#record(provider, model, outcome)),
      release: () =>
        once(() => {
          // Once its lease has expired, the running probe is another's.
          if (probing && target.probeUntilMs === probeUntilMs) target.probeUntilMs = 0;
        }),
    };
  }

  /** The share, drifted back towards 1: a model that is passed over would never get to prove itself. */
  #healed({ share, recordedMs }: TargetHealth): number {
    const halves = (this.#options.clock.monotonic() - recordedMs) / HEALING_HALF_LIFE_MS;
    return 1 - (1 - share) * 0.5 ** halves;
  }

  #admitProbe(target: TargetHealth, provider: string, model: string): void {
    const waitMs = this.waitMs(provider, model);
    if (waitMs > 0) {
      throw new UpstreamError(
        'upstream',
        `${model} at ${provider} has failed repeatedly and is left alone for another ${Math.ceil(waitMs)} ms.`,
        { status: null, provider, requestId: null, retryAfterMs: waitMs },
        { retryable: true },
      );
    }
    target.probeUntilMs = this.#options.clock.monotonic() + this.#options.probeLeaseMs;
  }

  #record(provider: string, model: string, outcome: HealthOutcome): void {
    const key = keyOf(provider, model);
    const target = this.#targets.get(key);
    if (outcome === 'success') {
      if (target !== undefined) this.#recordSuccess(target, provider, model);
      return;
    }
    const failing = target ?? {
      failuresInARow: 0,
      share: 1,
      recordedMs: this.#options.clock.monotonic(),
      openUntilMs: 0,
      probeUntilMs: 0,
    };
    this.#targets.set(key, failing);
    failing.failuresInARow += 1;
    failing.share = this.#healed(failing) * (1 - SHARE_WEIGHT);
    failing.recordedMs = this.#options.clock.monotonic();
    failing.probeUntilMs = 0;
    if (failing.failuresInARow < this.#options.failureThreshold) return;
    const retryAfterMs = outcome === 'failure' ? 0 : outcome.retryAfterMs;
    this.#open(failing, { provider, model, coolDownMs: Math.max(this.#options.coolDownMs, retryAfterMs) });
  }

  #recordSuccess(target: TargetHealth, provider: string, model: string): void {
    const recovered = target.openUntilMs > 0;
    target.failuresInARow = 0;
    target.openUntilMs = 0;
    target.probeUntilMs = 0;
    const share = this.#healed(target);
    target.share = share + SHARE_WEIGHT * (1 - share);
    target.recordedMs = this.#options.clock.monotonic();
    if (recovered) this.#events?.emit('model-recover', { at: this.#options.clock.now(), model, provider });
  }

  #open(
    target: TargetHealth,
    {
      provider,
      model,
      coolDownMs,
    }: { readonly provider: string; readonly model: string; readonly coolDownMs: number },
  ): void {
    const wasShut = target.openUntilMs === 0;
    // A new cool-down never shortens a longer one.
    target.openUntilMs = Math.max(target.openUntilMs, this.#options.clock.monotonic() + coolDownMs);
    if (!wasShut) return;
    this.#events?.emit('model-degrade', {
      at: this.#options.clock.now(),
      model,
      provider,
      reason: `${target.failuresInARow} failures in a row`,
      retryAfterMs: coolDownMs,
    });
  }
}

function keyOf(provider: string, model: string): string {
  return `${provider.length}:${provider}${model}`;
}
