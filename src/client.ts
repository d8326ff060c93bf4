import * as calls from './call/index.js';
import type { ChatResult } from './call/index.js';
import type { ModelCatalog } from './catalog/model-catalog.js';
import { type ComposedParts, composeParts } from './compose.js';
import type { EventListener, EventSource, EventType, Unsubscribe } from './events.js';
import type { AnyChatOptions, ChatOptions } from './chat-options.js';
import type { EffectiveConfig } from './config/effective-config.js';
import type { RouteLLClientOptions } from './options.js';
import type { RateLimiter } from './rate-limiter/rate-limiter.js';
import type { Router, RoutingResult } from './router/router.js';
import type { ProviderStatus } from './provider-status.js';
import type { HealthCheck } from './upstream/health-check.js';
import type {
  ChatMessage,
  ChatParameters,
  CreditStatus,
  ListedModel,
  ResponseObject,
  ResponseSchema,
} from './types.js';
import type { Fetch, OfficialClient } from './upstream/openai-client.js';
import type { SessionAnalyticsSnapshot } from './usage-monitor/session-analytics.js';
import type { UsageMonitor } from './usage-monitor/usage-monitor.js';

type Tools = ChatParameters['tools'];
/** The options of a call by the two that decide of what type `result.object` is. */
type TypedOptions<Schema extends ResponseSchema | undefined, Offered extends Tools> = ChatOptions<Schema> & {
  readonly tools?: Offered;
};

/**
 * Stands between an application and an OpenAI-compatible API: routes each call to the model that is good
 * enough, holds the limits, reserves and settles the credits, survives faults, and tells what happened.
 */
export class RouteLLClient implements AsyncDisposable {
  /** A WHATWG fetch that speaks the OpenAI API: hand it to any SDK. */
  readonly fetch: Fetch;
  /** The official client's own `chat`, through this client. Use `model: 'auto'` to be routed. */
  readonly chat: OfficialClient['chat'];
  /** The read side of the event bus. */
  readonly events: EventSource;
  /** The router in use; its models are those of `catalog`, unless it is one of your own. */
  readonly router: Router;
  readonly rateLimiter: RateLimiter;
  readonly optimizer: calls.CreditOptimizer;
  readonly monitor: UsageMonitor;
  readonly catalog: ModelCatalog;
  /** The options in force, secrets masked. */
  readonly config: EffectiveConfig;
  readonly #parts: ComposedParts;

  /** @throws {ConfigurationError} naming the option that makes no sense, or the missing key. */
  constructor(options: RouteLLClientOptions = {}) {
    this.#parts = composeParts(options);
    ({ fetch: this.fetch, chat: this.chat, events: this.events, router: this.router } = this.#parts);
    ({ limiter: this.rateLimiter, monitor: this.monitor, catalog: this.catalog } = this.#parts);
    ({ optimizer: this.optimizer, config: this.config } = this.#parts);
  }

  /** One answer. Never rejects: what goes wrong is `{ success: false, error }`. */
  chatCompletion<Schema extends ResponseSchema | undefined = undefined, Offered extends Tools = undefined>(
    messages: readonly ChatMessage[],
    options: TypedOptions<Schema, Offered> & { readonly stream: true },
  ): calls.ChatStream<ResponseObject<Schema, Offered>>;
  chatCompletion<Schema extends ResponseSchema | undefined = undefined, Offered extends Tools = undefined>(
    messages: readonly ChatMessage[],
    options?: TypedOptions<Schema, Offered> & { readonly stream?: false },
  ): Promise<ChatResult<ResponseObject<Schema, Offered>>>;
  chatCompletion(
    messages: readonly ChatMessage[],
    options: AnyChatOptions & { readonly stream?: boolean } = {},
  ): unknown {
    // Null is no option object, and a bad argument is a result as well.
    if ((options as typeof options | null)?.stream === true) return this.streamCompletion(messages, options);
    return calls.completeCall(this.#parts, messages, options).then(({ result }) => result);
  }

  /** One answer, piece by piece. Nothing is sent until the stream is read. */
  streamCompletion<Schema extends ResponseSchema | undefined = undefined, Offered extends Tools = undefined>(
    messages: readonly ChatMessage[],
    options: TypedOptions<Schema, Offered> = {},
  ): calls.ChatStream<ResponseObject<Schema, Offered>> {
    return new calls.ChatStream((observer) => calls.streamCall(this.#parts, messages, options, observer));
  }

  /**
   * Many calls, some at the same time; nothing is pulled or sent until it is read: `for await (const item of
   * client.batch(…))`, or `await client.batch(…).results()`.
   * @throws {InvalidRequestError}
   */
  batch(requests: calls.BatchRequests, options: calls.BatchOptions = {}): calls.Batch {
    return calls.openBatch(this.#parts, requests, options);
  }

  /** The decision and why; sends nothing but, at first, for the list of models. @throws {RouteLLError} */
  route(
    messages: readonly ChatMessage[],
    options: ChatOptions<ResponseSchema | undefined> = {},
  ): Promise<RoutingResult> {
    return calls.routeOnly(this.#parts, messages, options);
  }

  /** Tells how good an answer was. @throws {InvalidRequestError} */
  feedback(callId: string, feedback: calls.Feedback): Promise<void> {
    return calls.recordFeedback(this.#parts, callId, feedback);
  }

  /** The credits left, as far as they can be known; read from the account at most once a minute. */
  getCreditStatus(): Promise<CreditStatus> {
    return this.#parts.balance.refresh();
  }

  /** Whether the upstream can be reached and takes the key; of several, whether any does. Never rejects. */
  healthCheck(): Promise<HealthCheck> {
    return this.#parts.healthChecks.check();
  }

  /** The providers in order of preference, with their health and usage as seen by this client. */
  listProviders(): readonly ProviderStatus[] {
    return this.#parts.listProviders();
  }

  /** What this client has done since it was made. */
  getSessionAnalytics(): SessionAnalyticsSnapshot {
    return this.#parts.sessionAnalytics.snapshot();
  }

  /** How the decisions of the option `shadow` compare so far; `null` without one. */
  getShadowReport(): calls.ShadowReport | null {
    return this.#parts.shadow?.tally.report() ?? null;
  }

  /** The models that the upstream lists. @throws {RouteLLError} where it cannot be asked. */
  async listModels(): Promise<readonly ListedModel[]> {
    return await this.#parts.listings.refresh();
  }

  on<Type extends EventType>(type: Type, listener: EventListener<Type>): Unsubscribe {
    return this.events.on(type, listener);
  }

  once<Type extends EventType>(type: Type, listener: EventListener<Type>): Unsubscribe {
    return this.events.once(type, listener);
  }

  /** Refuses new calls, lets running ones end, and ends what has not after `graceMs`. @default 10_000 */
  async close({ graceMs = 10_000 }: { readonly graceMs?: number } = {}): Promise<void> {
    await calls.closeCalls(this.#parts, graceMs);
    this.#parts.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What may be shown: the options in force. */
  toJSON(): EffectiveConfig {
    return this.config;
  }
}
