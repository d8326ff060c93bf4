import type { ModelCatalog } from '../catalog/model-catalog.js';
import type { Clock, Random } from '../clock.js';
import type { AnswerHistory, SeenAnswer } from '../credits/answer-history.js';
import type { CreditBalance } from '../credits/balance.js';
import type { DemandPattern, SeenDemand } from '../credits/demand-pattern.js';
import type { Ledger } from '../credits/ledger.js';
import type { Pacer } from '../credits/pacer.js';
import type { RouteLLError } from '../errors.js';
import type { EventBus } from '../events.js';
import type { ResolvedOptions } from '../options.js';
import type { RateLimiter } from '../rate-limiter/rate-limiter.js';
import type { ModelRouter } from '../router/model-router.js';
import type { Router } from '../router/router.js';
import type { JournalStore } from '../stores.js';
import type { Logger } from '../types.js';
import type { ModelHealth } from '../upstream/health.js';
import type { ModelListings } from '../upstream/model-listings.js';
import type { Provider } from '../upstream/provider.js';
import type { RetryBudget } from '../upstream/retry-budget.js';
import type { Discrepancies } from './discrepancies.js';
import type { ParameterRepairs } from './parameter-repairs.js';
import type { RepeatedAsks } from './repeated-asks.js';
import type { ResponseCache } from './response-cache.js';
import type { Shadow } from './shadow.js';
import type { WarmPrefixes } from './warm-prefixes.js';
import type { LearnedMemory } from './learned-memory.js';

/** A call that has begun and not ended. */
export interface RunningCall {
  /** Ends it early; the first reason holds. */
  abort(reason: RouteLLError): void;
  /** Resolves once the terminal event is told. */
  whenEnded(): Promise<void>;
}

/** Everything a call brings together. Only `client.ts` makes one. */
export interface CallParts {
  readonly options: ResolvedOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: EventBus;
  readonly journal: JournalStore;
  readonly catalog: ModelCatalog;
  readonly router: Router;
  /** Decides beside the router, without effect; `null` where nothing does. */
  readonly shadow: Shadow | null;
  /** Keeps what the router learned. */
  readonly routerMemory: LearnedMemory;
  /** What the router in its shadow learned; `null` where none learns. */
  readonly shadowMemory: LearnedMemory | null;
  /** How long answers were, and took. */
  readonly answerHistory: AnswerHistory;
  readonly answerMemory: LearnedMemory<SeenAnswer>;
  /** When requests come. */
  readonly demand: DemandPattern;
  readonly demandMemory: LearnedMemory<SeenDemand>;
  readonly repeatedAsks: RepeatedAsks;
  /** Describes the fallback model where the router cannot. */
  readonly fallbackRouter: ModelRouter;
  /** The limits of each group of providers that share an account. */
  readonly limiters: ReadonlyMap<string, RateLimiter>;
  readonly ledger: Ledger;
  /** The credits of each group of providers that share an account. */
  readonly balances: ReadonlyMap<string, CreditBalance>;
  readonly discrepancies: Discrepancies;
  /** Slows spending down ahead of budgets. */
  readonly pacer: Pacer;
  readonly health: ModelHealth;
  readonly retryBudget: RetryBudget;
  /** What models turned out not to take. */
  readonly parameterRepairs: ParameterRepairs;
  /** In order of preference; at least one. */
  readonly providers: readonly [Provider, ...Provider[]];
  readonly listings: ModelListings;
  readonly cache: ResponseCache;
  readonly warmPrefixes: WarmPrefixes;
  /** The session of calls that name none. */
  readonly session: string;
  readonly inFlight: Set<RunningCall>;
  /** What stores still do for calls that were ended early. Never rejects. */
  readonly unfinished: Set<Promise<void>>;
  /** `closed` once the client is: new calls are then refused. `onClose` tells those who would begin more. */
  readonly lifecycle: { closed: boolean; readonly onClose: Set<() => void> };
}
