export { RouteLLClient } from './client.js';
export type {
  CallOptions,
  ChatOptions,
  CreditOptions,
  EffectiveConfig,
  LogLevel,
  MonitoringOptions,
  ResolvedOptions,
  RetryOptions,
  RouteLLClientOptions,
  RoutingOptions,
  TimeoutOptions,
} from './options.js';
export { ChatStream } from './call/chat-stream.js';
export type { Feedback } from './call/feedback.js';
export type { ChatFailure, ChatResult, ChatSuccess } from './call/result.js';

export { ModelRouter } from './router/model-router.js';
export type {
  DecisionBasis,
  ModelInfo,
  RankedModel,
  Router,
  RoutingContext,
  RoutingDecision,
  RoutingResult,
  RoutingSignals,
  TaskClassification,
  TaskClassifier,
} from './router/router.js';
export { RateLimiter } from './rate-limiter/rate-limiter.js';
export type {
  PermitLease,
  PermitRequest,
  RateLimiterOptions,
  RateLimits,
} from './rate-limiter/rate-limiter.js';
export type { Budget } from './credits/budgets.js';
export { UsageMonitor } from './usage-monitor/usage-monitor.js';
export { ModelCatalog } from './catalog/model-catalog.js';
export { openaiProvider, type OpenAIProviderOptions } from './upstream/openai-provider.js';
export type { Provider } from './upstream/provider.js';
export type { HealthCheck } from './upstream/health-check.js';

export {
  AllModelsFailedError,
  BudgetExceededError,
  ConfigurationError,
  type ConsideredModel,
  IncompleteStreamError,
  InvalidRequestError,
  NoModelAvailableError,
  RateLimitExceededError,
  RouteLLError,
  type RouteLLErrorCode,
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
  EventSource,
  EventType,
  RouteLLEvent,
  Unsubscribe,
} from './events.js';
export type * from './stores.js';
export { memoryStores } from './stores/memory.js';
export type { Clock, Random } from './clock.js';
export {
  type Charge,
  type ChatMessage,
  type ChatParameters,
  type Constraints,
  type CreditSource,
  type CreditsMode,
  type CreditStatus,
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
  TaskType,
  type TokenPrices,
  type TokenUsage,
} from './types.js';
