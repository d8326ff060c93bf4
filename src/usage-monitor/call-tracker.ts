import type { EventOf } from '../events.js';
import type { CallSample } from './totals.js';

/** A finished call as the monitor remembers it. Content never stands in it. */
export interface RecentCall extends CallSample {
  readonly callId: string;
  readonly session: string | null;
  readonly success: boolean;
  readonly attempts: number;
}

interface OpenCall {
  readonly session: string | null;
  readonly tags: readonly string[];
  model: string | null;
  provider: string | null;
}

/** Calls in flight that are remembered; beyond, the oldest end without session and tags. */
export const OPEN_CALL_LIMIT = 10_000;
/** Tags of one call that are counted. */
export const TAGS_PER_CALL = 20;

const NO_TOKENS = { inputTokens: 0, outputTokens: 0, totalTokens: 0 } as const;
const UNKNOWN_CALL: OpenCall = { session: null, tags: [], model: null, provider: null };

/** Remembers from a call's first events what its terminal event does not carry. */
export class CallTracker {
  readonly #open = new Map<string, OpenCall>();

  get size(): number {
    return this.#open.size;
  }

  start(event: EventOf<'call-start'>): void {
    if (this.#open.size >= OPEN_CALL_LIMIT) {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined) this.#open.delete(oldest);
    }
    const tags = event.tags.length < 2 ? event.tags : [...new Set(event.tags)].slice(0, TAGS_PER_CALL);
    this.#open.set(event.callId, { session: event.session, tags, model: null, provider: null });
  }

  attempt(event: EventOf<'attempt-start'>): void {
    const call = this.#open.get(event.callId);
    if (call === undefined) return;
    call.model = event.model;
    call.provider = event.provider;
  }

  end(event: EventOf<'call-end'> | EventOf<'call-error'>): RecentCall {
    const call = this.#open.get(event.callId) ?? UNKNOWN_CALL;
    this.#open.delete(event.callId);
    const isSuccess = event.type === 'call-end';
    const cached = isSuccess && event.cached;
    // A stored answer used its tokens when it was bought.
    const usage = (cached ? null : event.usage) ?? NO_TOKENS;
    // One literal and no spread: this runs in every call.
    return {
      callId: event.callId,
      at: event.at,
      session: call.session,
      tags: call.tags,
      model: isSuccess ? event.model : call.model,
      provider: isSuccess ? event.provider : call.provider,
      taskType: event.taskType,
      success: isSuccess,
      errorCode: isSuccess ? null : event.error.code,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      totalTokens: usage.totalTokens,
      costUsd: event.costUsd,
      credits: isSuccess ? event.credits : null,
      latencyMs: event.latencyMs,
      cached,
      attempts: event.attempts,
    };
  }

  clear(): void {
    this.#open.clear();
  }
}
