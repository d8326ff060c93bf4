import { EventEmitter } from 'eventemitter3';
import type { Alert } from './alert.js';
import { describeThrown, InvalidRequestError } from './errors.js';
import type {
  Charge,
  CreditStatus,
  CreditUnit,
  Logger,
  RouteLLErrorCode,
  TaskType,
  TokenUsage,
  UsageMismatch,
} from './types.js';

export type { Alert, AlertType } from './alert.js';

interface CallEvent {
  readonly callId: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

interface AttemptEvent extends CallEvent {
  readonly attemptId: string;
  readonly model: string;
  readonly provider: string;
}

interface BalanceEvent {
  readonly at: number;
  readonly remainingCredits: number;
  readonly threshold: number;
  readonly unit: CreditUnit;
}

interface ErrorData {
  readonly code: RouteLLErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** Everything the library tells, as plain JSON objects by `type`. Content and keys never stand in them. */
export interface EventMap {
  'call-start': CallEvent & {
    readonly session: string;
    readonly tags: readonly string[];
    readonly stream: boolean;
    /** The explicit model, or `auto`. */
    readonly requestedModel: string;
  };
  'route-select': CallEvent & {
    readonly model: string;
    readonly taskType: TaskType;
    readonly difficulty: number;
    readonly confidence: number;
    readonly score: number;
    readonly reasons: readonly string[];
    readonly fallbacks: readonly string[];
  };
  /** What a shadow would have chosen, just before the end of the call. */
  'route-shadow': CallEvent & {
    /** Whose choice it is compared with: the client's router's, or that of an upstream that routes by itself. */
    readonly kind: 'router' | 'server';
    readonly chosenModel: string;
    readonly shadowModel: string;
    readonly agrees: boolean;
    /** Of the chosen model, estimated before the call; `null` where its price is unknown. */
    readonly estimatedCostUsd: number | null;
    /** The same of the shadow's choice. */
    readonly shadowCostUsd: number | null;
    /** The shadow's less the other; `null` where one is unknown. */
    readonly costDifferenceUsd: number | null;
  };
  'cache-hit': CallEvent & {
    /** The model that gave the answer. */
    readonly model: string;
    /** What the answer cost when it was bought; `null` where its price is unknown. */
    readonly savedUsd: number | null;
    readonly ageMs: number;
  };
  'limit-wait': CallEvent & { readonly waitMs: number; readonly window: string };
  'limit-deny': CallEvent & { readonly retryAfterMs: number; readonly window: string };
  'credit-reserve': AttemptEvent & { readonly reservedUsd: number | null };
  'credit-settle': AttemptEvent & { readonly costUsd: number | null; readonly charged: Charge | null };
  'credit-deny': AttemptEvent & {
    readonly scope: string;
    readonly remainingUsd: number | null;
    readonly remainingCredits: number | null;
  };
  /** The usage that an upstream reported does not add up. */
  'usage-mismatch': AttemptEvent & { readonly mismatches: readonly UsageMismatch[] };
  /** What an upstream charged is more than 2 % off what its usage comes to by the price that is known. */
  'charge-deviation': AttemptEvent & {
    readonly computedUsd: number;
    /** Credits at the rate of `credits.creditsPerUsd`. */
    readonly chargedUsd: number;
    /** The difference as a part of the larger of the two, 0..1. */
    readonly share: number;
    readonly charged: Charge;
  };
  'attempt-start': AttemptEvent;
  'attempt-end': AttemptEvent & {
    readonly usage: TokenUsage | null;
    readonly costUsd: number | null;
    readonly latencyMs: number;
  };
  'attempt-error': AttemptEvent & {
    readonly error: ErrorData;
    readonly billed: 'yes' | 'no' | 'unknown';
    readonly latencyMs: number;
  };
  'route-fallback': CallEvent & {
    readonly from: string;
    readonly fromProvider: string;
    readonly to: string;
    /** Another one where the same model is tried elsewhere. */
    readonly toProvider: string;
    readonly reason: string;
  };
  'stream-first-token': AttemptEvent & { readonly firstTokenMs: number };
  'stream-resume': AttemptEvent & {
    /** Of the text that had been delivered, as `length` counts them. */
    readonly characters: number;
    /** Why it broke off. */
    readonly reason: string;
  };
  'call-end': CallEvent & {
    readonly model: string;
    readonly provider: string;
    /** `null` where the caller named the model. */
    readonly taskType: TaskType | null;
    readonly usage: TokenUsage;
    /** Of all attempts; `null` where the price of one is unknown. */
    readonly costUsd: number | null;
    readonly credits: number | null;
    readonly latencyMs: number;
    readonly attempts: number;
    /** Whether the answer was taken from the cache; `usage` is then as it was when it was bought. */
    readonly cached: boolean;
  };
  'call-error': CallEvent & {
    readonly error: ErrorData;
    readonly taskType: TaskType | null;
    readonly usage: TokenUsage | null;
    readonly costUsd: number | null;
    readonly latencyMs: number;
    readonly attempts: number;
  };
  'credits-update': { readonly at: number } & CreditStatus;
  'credits-low': BalanceEvent;
  'credits-critical': BalanceEvent;
  'budget-threshold': {
    readonly at: number;
    /** The budget, as `day`; `credits` for those that the account was granted. */
    readonly scope: string;
    /** Share of it that is spent, 0..1, at which this was told. */
    readonly share: number;
    readonly spent: number;
    readonly limit: number;
    readonly unit: CreditUnit;
  };
  'usage-high': { readonly at: number; readonly requestsPerHour: number; readonly threshold: number };
  'model-degrade': {
    readonly at: number;
    readonly model: string;
    readonly provider: string;
    readonly reason: string;
    readonly retryAfterMs: number;
  };
  'model-recover': { readonly at: number; readonly model: string; readonly provider: string };
  /** A key was refused, and is set aside; the key itself is never told. */
  'key-reject': {
    readonly at: number;
    readonly provider: string;
    /** Its place among the keys of the provider, from 1. */
    readonly key: number;
    /** Keys that are not refused so far. */
    readonly keysLeft: number;
    readonly reason: string;
  };
  /** The upstream was asked whether it can be reached and takes the key. */
  'health-check': {
    readonly at: number;
    readonly provider: string;
    readonly success: boolean;
    /** `null` where the upstream does not tell. */
    readonly keyValid: boolean | null;
    readonly models: number;
    readonly latencyMs: number;
    readonly error: ErrorData | null;
  };
  /** An alert has a `type` of its own, so it stands within the event. */
  alert: { readonly at: number; readonly alert: Alert };
}

export type EventType = keyof EventMap;

/** An event as a listener to one type gets it. */
export type EventOf<Type extends EventType> = { readonly type: Type } & EventMap[Type];

/** Any event, told apart by `type`. */
export type RouteLLEvent = { [Type in EventType]: EventOf<Type> }[EventType];

/** Stops listening. */
export type Unsubscribe = () => void;

export type EventListener<Type extends EventType> = (event: EventOf<Type>) => unknown;

/** The read side of the bus: all that listeners need. */
export interface EventSource {
  on<Type extends EventType>(type: Type, listener: EventListener<Type>): Unsubscribe;
  once<Type extends EventType>(type: Type, listener: EventListener<Type>): Unsubscribe;
  /** Listens to every event. */
  subscribe(listener: (event: RouteLLEvent) => unknown): Unsubscribe;
}

/** The write side, for parts that tell. */
export interface EventSink {
  emit<Type extends EventType>(type: Type, data: EventMap[Type]): void;
}

const EVERY = '*';

/**
 * The one bus every part tells on. Events tell, they never decide: a listener that throws or
 * rejects reaches the logger and nobody else.
 */
export class EventBus implements EventSource, EventSink {
  readonly #emitter = new EventEmitter<string>();
  readonly #logger: Logger | undefined;

  constructor(logger?: Logger) {
    this.#logger = logger;
  }

  emit<Type extends EventType>(type: Type, data: EventMap[Type]): void {
    if (this.#emitter.listenerCount(type) === 0 && this.#emitter.listenerCount(EVERY) === 0) return;
    const event = { type, ...data } as EventOf<Type>;
    // First who hears everything: what a listener to one type tells in its turn then comes after its cause.
    this.#emitter.emit(EVERY, event);
    this.#emitter.emit(type, event);
  }

  on<Type extends EventType>(type: Type, listener: EventListener<Type>): Unsubscribe {
    return this.#listen(type, listener, false);
  }

  once<Type extends EventType>(type: Type, listener: EventListener<Type>): Unsubscribe {
    return this.#listen(type, listener, true);
  }

  subscribe(listener: (event: RouteLLEvent) => unknown): Unsubscribe {
    return this.#listen(EVERY, listener, false);
  }

  #listen(type: string, listener: (event: never) => unknown, isOnce: boolean): Unsubscribe {
    if (typeof listener !== 'function') {
      throw new InvalidRequestError('listener', 'listener must be a function that takes an event.');
    }
    // The emitter hands an event under way to all who listened when it began; who has left gets it no more.
    let isListening = true;
    const unsubscribe = (): void => {
      isListening = false;
      this.#emitter.off(type, deliver);
    };
    const deliver = (event: RouteLLEvent): void => {
      if (!isListening) return;
      if (isOnce) unsubscribe();
      this.#tell(listener, event);
    };
    this.#emitter.on(type, deliver);
    return unsubscribe;
  }

  #tell(listener: (event: never) => unknown, event: RouteLLEvent): void {
    try {
      const returned = listener(event as never);
      if (isThenable(returned)) {
        returned.then(undefined, (error: unknown) => {
          this.#report(event.type, error);
        });
      }
    } catch (error) {
      this.#report(event.type, error);
    }
  }

  #report(type: string, error: unknown): void {
    try {
      this.#logger?.error(`a listener to '${type}' failed`, { error: describeThrown(error) });
    } catch {
      // A logger that throws has nobody left to tell.
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
