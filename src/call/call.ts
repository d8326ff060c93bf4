import { whenAborted } from '../abort-watch.js';
import { asRouteLLError, RouteLLError } from '../errors.js';
import type { OutputForecast } from '../router/expected-output.js';
import type { RoutingDecision } from '../router/router.js';
import type { AttemptRow } from '../stores.js';
import { DEFAULTS } from '../options.js';
import { summarized } from './all-failed.js';
import { cachePolicy, type CachePolicy } from './cache-policy.js';
import { objectOf } from './answer-object.js';
import { Deadline } from './deadline.js';
import type { CallParts } from './parts.js';
import { AUTO, isRouted, makePlan, type Plan } from './plan.js';
import { type Ending, recordOutcome } from './record-outcome.js';
import type { CallRequest } from './request.js';
import type { ChatFailure, ChatSuccess } from './result.js';
import { beginShadow, type ShadowDecision } from './shadow-decision.js';
import { StorePatience } from './store-patience.js';
import { sumCosts, sumCredits, sumUsage } from './totals.js';

/** What an answered call knows beyond its attempts. */
export type Answer = Pick<
  ChatSuccess,
  | 'content'
  | 'message'
  | 'toolCalls'
  | 'finishReason'
  | 'usage'
  | 'model'
  | 'provider'
  | 'parts'
  | 'cached'
  | 'changes'
>;

/** One logical call, from its start to its one terminal event. */
export class Call {
  readonly parts: CallParts;
  readonly callId: string;
  readonly request: CallRequest;
  readonly isRouted: boolean;
  /** Whether what the caller left open is filled in. Never for a model that the caller named. */
  readonly optimizes: boolean;
  readonly session: string;
  /** By the caller; else it is that of the client. */
  readonly isSessionNamed: boolean;
  readonly tags: readonly string[];
  readonly priority: number;
  /** `null` where the call does not use the cache. */
  readonly cachePolicy: CachePolicy | null;
  readonly rows: AttemptRow[] = [];
  readonly errors: RouteLLError[] = [];
  /** Waits for the stores, as long as the call has time. */
  readonly stores: StorePatience;
  readonly #controller = new AbortController();
  /** Set for the calls of a batch: nobody waits for them, so their time stands still while they are in line. */
  isPatient = false;
  /** Monotonic milliseconds. */
  readonly startedMs: number;
  readonly #deadline: Deadline;
  readonly #unfollowSignal: () => void;
  #plan: Plan | null = null;
  #shadow: ShadowDecision | null = null;
  #attempts = 0;
  #isEnded = false;
  #onEnded: (() => void)[] = [];
  #outputForecast: OutputForecast | null = null;

  constructor(
    parts: CallParts,
    start: {
      readonly callId: string;
      readonly startedMs: number;
      readonly request: CallRequest;
      readonly isStream: boolean;
    },
  ) {
    const { options } = start.request;
    const { signal } = options;
    this.parts = parts;
    this.callId = start.callId;
    this.request = start.request;
    this.isRouted = isRouted(start.request);
    this.optimizes = this.isRouted && (options.optimize ?? parts.options.credits.optimize);
    this.session = options.session ?? parts.session;
    this.isSessionNamed = options.session !== undefined;
    this.tags = options.tags ?? [];
    this.priority = options.priority ?? DEFAULTS.priority;
    this.cachePolicy = cachePolicy(start.request, parts.options.cache);
    this.startedMs = start.startedMs;
    this.stores = new StorePatience(parts.clock, this.signal, parts.unfinished);
    const limits = {
      startedMs: start.startedMs,
      totalMs: options.timeoutMs ?? parts.options.timeouts.totalMs,
    };
    this.#deadline = new Deadline(parts.clock, limits, (error) => this.abort(error));
    const onAbort = (): void => {
      const cause: unknown = signal?.reason;
      this.abort(new RouteLLError('aborted', 'The call was aborted by its signal.', { cause }));
    };
    this.#unfollowSignal = whenAborted(signal, onAbort);
    parts.inFlight.add(this);
    parts.events.emit('call-start', {
      callId: this.callId,
      at: parts.clock.now(),
      session: this.session,
      tags: this.tags,
      stream: start.isStream,
      requestedModel: options.model ?? AUTO,
    });
    if (signal?.aborted === true) onAbort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Estimated tokens of the prompt. */
  get inputTokens(): number {
    return this.#plan?.needs.inputTokens ?? 0;
  }

  /** What to expect of the answer's length. */
  get outputForecast(): OutputForecast {
    const { messages } = this.request;
    return (this.#outputForecast ??= this.parts.fallbackRouter.forecastOutput(messages, this.inputTokens));
  }

  nextAttemptId(): string {
    this.#attempts += 1;
    return `${this.callId}.${this.#attempts}`;
  }

  remainingMs(): number {
    return this.#deadline.remainingMs();
  }

  /** Waits in line for a rate limit, no longer than the call has time; a patient one as long as it takes. */
  inLine<T>(wait: (maxWaitMs: number) => Promise<T>): Promise<T> {
    return this.isPatient ? this.#deadline.pausedFor(() => wait(Infinity)) : wait(this.remainingMs());
  }

  /** Milliseconds a phase of an attempt may take; `Infinity` where the call's own end comes first. */
  attemptTimeoutMs(phase: 'headersMs' | 'firstTokenMs'): number {
    const timeoutMs = this.parts.options.timeouts[phase];
    return timeoutMs !== null && timeoutMs < this.remainingMs() ? timeoutMs : Infinity;
  }

  /** Ends the call early; the first reason holds. */
  abort(reason: RouteLLError): void {
    this.#controller.abort(reason);
  }

  /** Throws the reason if the call was ended early. */
  throwIfAborted(): void {
    if (this.signal.aborted) throw asRouteLLError(this.signal.reason);
  }

  /** Resolves once the terminal event is told. */
  whenEnded(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEnded.push(resolve);
    });
  }

  /** From the first token on, the total time no longer bounds a stream. */
  stopDeadline(): void {
    this.#deadline.stop();
  }

  /** The next token of a stream that broke off has as much time as the first. */
  restartDeadline(): void {
    this.#deadline.restart();
  }

  /** Which models to try, in which order. */
  async plan(): Promise<Plan> {
    this.throwIfAborted();
    const plan = await makePlan(this.parts, this.request, this.signal);
    this.#plan = plan;
    this.throwIfAborted();
    if (plan.routing !== null) {
      const decision = plan.routing.routingDecision;
      this.parts.events.emit('route-select', {
        callId: this.callId,
        at: this.parts.clock.now(),
        model: decision.selectedModel,
        taskType: decision.taskType,
        difficulty: decision.difficulty,
        confidence: decision.confidence,
        score: decision.score,
        reasons: decision.reasons,
        fallbacks: decision.fallbacks,
      });
    }
    this.#shadow = beginShadow(this, plan);
    return plan;
  }

  /** @throws {RouteLLError} where the answer is not what `responseSchema` asks for; the call is then to fail. */
  async succeed(answer: Answer): Promise<ChatSuccess> {
    const object = await objectOf(this.request, answer, this.signal);
    const { latencyMs, attempts } = await this.#end({ answer, error: null });
    const costUsd = sumCosts(attempts);
    const credits = sumCredits(attempts);
    this.parts.events.emit('call-end', {
      callId: this.callId,
      at: this.parts.clock.now(),
      model: answer.model,
      provider: answer.provider,
      taskType: this.#decision()?.taskType ?? null,
      usage: answer.usage,
      costUsd,
      credits,
      latencyMs,
      attempts: attempts.length,
      cached: answer.cached,
    });
    this.#leave();
    return {
      success: true,
      callId: this.callId,
      ...answer,
      // Its type is known where the schema's is: to the caller.
      object: object as undefined,
      costUsd,
      credits,
      routing: this.#decision(),
      latencyMs,
      attempts,
    };
  }

  /** The typed error of a failed call, once its terminal event is told. */
  async fail(thrown: unknown): Promise<RouteLLError> {
    const { aborted, reason } = this.signal as { readonly aborted: boolean; readonly reason: unknown };
    const error = asRouteLLError(thrown);
    // An error that came of the end, and says so, says more than it.
    const failure =
      aborted && error.cause !== reason ? asRouteLLError(reason) : summarized(error, this.errors, this.rows);
    if (this.#isEnded) return failure;
    const { latencyMs, attempts } = await this.#end({ answer: null, error: failure });
    failure.callId = this.callId;
    failure.attempts = attempts;
    this.parts.events.emit('call-error', {
      callId: this.callId,
      at: this.parts.clock.now(),
      error: { code: failure.code, message: failure.message, retryable: failure.retryable },
      taskType: this.#decision()?.taskType ?? null,
      usage: sumUsage(attempts),
      costUsd: sumCosts(attempts),
      latencyMs,
      attempts: attempts.length,
    });
    this.#leave();
    return failure;
  }

  /** The failure as a result. */
  failureResult(error: RouteLLError): ChatFailure {
    return {
      success: false,
      callId: this.callId,
      error,
      usage: sumUsage(this.rows),
      costUsd: sumCosts(this.rows),
      latencyMs: this.parts.clock.monotonic() - this.startedMs,
      attempts: this.rows,
    };
  }

  #decision(): RoutingDecision | null {
    return this.#plan?.routing?.routingDecision ?? null;
  }

  #leave(): void {
    this.parts.inFlight.delete(this);
    for (const onEnded of this.#onEnded) onEnded();
  }

  /** Gives back what the call holds, records the decision and lets the router learn. */
  async #end(ending: Ending): Promise<{ latencyMs: number; attempts: readonly AttemptRow[] }> {
    this.#isEnded = true;
    const latencyMs = this.parts.clock.monotonic() - this.startedMs;
    // Before anything is learned from this call.
    this.#shadow?.end(ending.answer?.model ?? null);
    const routing = this.#plan?.routing ?? null;
    if (routing !== null) await recordOutcome(this, routing, ending);
    // Until here they end the wait for a store that hangs.
    this.#deadline.stop();
    this.#unfollowSignal();
    for (const { group } of this.rows) this.parts.balances.get(group)?.refreshInBackground();
    return { latencyMs, attempts: this.rows };
  }
}
