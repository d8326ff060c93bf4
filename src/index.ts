export { RouteLLClient } from './client.js';
export type { CallCacheOptions, CallOptions, ChatOptions } from './chat-options.js';
export type {
  CacheOptions,
  CreditOptions,
  LogLevel,
  MonitoringOptions,
  ResolvedOptions,
  RetryOptions,
  RouteLLClientOptions,
  RoutingOptions,
  TimeoutOptions,
} from './options.js';
export type { EffectiveConfig, ProviderConfig } from './config/effective-config.js';
export { loadConfig, type LoadConfigOptions } from './config/load-config.js';
export type { ProviderOptions } from './config/providers.js';
export { loadReplayPolicy, type ReplayPolicy } from './config/replay-policy.js';
export type { ProviderStatus } from './provider-status.js';
export type { ProviderHealth, ProviderUsage } from './usage-monitor/provider-figures.js';
export {
  type CostEstimate,
  CreditOptimizer,
  type CreditOptimizerOptions,
  type OptimizedRequest,
  type OrderProposal,
  type ParameterChange,
} from './call/index.js';
export type {
  AnswerPart,
  Batch,
  BatchCall,
  BatchItem,
  BatchOptions,
  BatchProgress,
  BatchRequest,
  BatchRequests,
  ChatFailure,
  ChatResult,
  ChatStream,
  ChatSuccess,
  Feedback,
  ShadowKind,
  ShadowPair,
  ShadowReport,
} from './call/index.js';

export { ModelRouter } from './router/model-router.js';
export type { ModelRouterOptions, RoutingAnalytics } from './router/model-router-options.js';
export type { LearnedQuality } from './router/learning/quality-learner.js';
export type { TaskShare } from './router/ability.js';
export type { OutputForecast } from './router/expected-output.js';
export type { OutcomeStatistics } from './router/outcomes.js';
export type { RoutingHistoryEntry } from './router/routing-log.js';
export { type UtilityFigures, utilityOf } from './router/scoring.js';
export { heuristicTaskClassifier } from './router/task-classifier.js';
export type {
  DecisionBasis,
  ModelInfo,
  QualityEvidence,
  RankedModel,
  Router,
  ObservedAnswers,
  RoutingContext,
  RoutingDecision,
  RoutingResult,
  RoutingSignals,
  Segment,
  TaskClassification,
  TaskClassifier,
} from './router/router.js';

export {
  RateLimiter,
  type LimiterUsage,
  type PermitLease,
  type PermitOutcome,
  type PermitRequest,
  type RateLimiterOptions,
  type RateLimits,
  type RemainingUsage,
  type ResolvedRateLimits,
} from './rate-limiter/rate-limiter.js';

export {
  AnswerHistory,
  type AnswersOf,
  type SeenAnswer,
  type SeenLengths,
} from './credits/answer-history.js';
export type { Budget, BudgetPeriod } from './credits/budgets.js';
export type { AllocationPeriod, BudgetAllocation, BudgetSlot } from './credits/allocation.js';

export { UsageMonitor, type UsageStatus } from './usage-monitor/usage-monitor.js';
export type { AlertHandler, AlertTypeName, RaisedAlertType } from './usage-monitor/alert-handlers.js';
export type { DayUsage, UsageAnalytics, UsageStats, UsageStatsByName } from './usage-monitor/analytics.js';
export type { RecentCall } from './usage-monitor/call-tracker.js';
export type { MonthProjection } from './usage-monitor/forecast.js';
export type {
  MonitoredEvents,
  UsageAnalyticsQuery,
  UsageMonitorOptions,
} from './usage-monitor/monitor-options.js';
export type { SessionAnalyticsSnapshot } from './usage-monitor/session-analytics.js';
export type { UsageDimension } from './usage-monitor/totals.js';

export {
  type CatalogProvider,
  ModelCatalog,
  type ModelCatalogOptions,
  type ModelOffer,
} from './catalog/model-catalog.js';
export type { ModelEntry } from './catalog/model-validation.js';

export { openaiProvider, type OpenAIProviderOptions } from './upstream/openai-provider.js';
export type { WhenCritical } from './credits/when-critical.js';
export type { CreditSource, CreditSourceName } from './upstream/credit-sources.js';
export type { HealthCheck, ProviderHealthCheck } from './upstream/health-check.js';
export type { Fetch, OfficialClient } from './upstream/openai-client.js';
export type {
  AccountCredits,
  Provider,
  ProviderCallOptions,
  ProviderCompletion,
  ProviderStream,
} from './upstream/provider.js';

export {
  AllModelsFailedError,
  BudgetExceededError,
  ConfigurationError,
  type ConsideredModel,
  IncompleteStreamError,
  InvalidObjectError,
  type InvalidObjectReason,
  InvalidRequestError,
  NoModelAvailableError,
  type ObjectIssue,
  RateLimitExceededError,
  RouteLLError,
  type RouteLLErrorOptions,
  StoreError,
  TimeoutError,
  type TimeoutPhase,
  UpstreamError,
} from './errors.js';
export type {
  Alert,
  AlertType,
  EventListener,
  EventMap,
  EventOf,
  EventSink,
  EventSource,
  EventType,
  RouteLLEvent,
  Unsubscribe,
} from './events.js';
export { fileStores, type FileStores, type FileStoresOptions } from './stores/file.js';
export { memoryStores } from './stores/memory.js';
export type {
  AccountBalance,
  AttemptRow,
  BudgetEntry,
  BudgetsStore,
  DecisionCandidate,
  DecisionRecord,
  JournalQuery,
  JournalRecord,
  JournalStore,
  LimitAmount,
  LimitsDecision,
  LimitsStore,
  LimitsView,
  LimitWindow,
  OutcomeRecord,
  ReserveDecision,
  Snapshot,
  SnapshotsStore,
  Stores,
  WindowUsage,
} from './stores.js';
export type { Clock, Random } from './clock.js';
export {
  type Charge,
  type ChatMessage,
  type ChatParameters,
  type ChatRequestBody,
  type Completion,
  type CompletionChunk,
  type CompletionMessage,
  type ConditionalPrices,
  type Constraints,
  type CreditsMode,
  type CreditStatus,
  type CreditStatusSource,
  type CreditUnit,
  type Lease,
  type ListedModel,
  type Logger,
  type MaybePromise,
  type ModelAbilities,
  type ModelCapability,
  type ModelPrices,
  ModelTier,
  type ParameterPolicy,
  type Preferences,
  type QualityPrior,
  type ResponseObject,
  type ResponseSchema,
  type RouteLLErrorCode,
  type SpendingPattern,
  TaskType,
  type TokenPrices,
  type TokenUsage,
  type UsageMismatch,
  type ToolCall,
} from './types.js';
