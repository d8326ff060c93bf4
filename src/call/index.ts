export { type Batch, openBatch } from './batch.js';
export type {
  BatchCall,
  BatchItem,
  BatchOptions,
  BatchProgress,
  BatchRequest,
  BatchRequests,
} from './batch-options.js';
export { ChatStream } from './chat-stream.js';
export { closeCalls } from './close.js';
export { completeCall } from './complete.js';
export { type Feedback, recordFeedback } from './feedback.js';
export { CreditOptimizer, type CreditOptimizerOptions } from './optimizer/credit-optimizer.js';
export type { OrderProposal } from './optimizer/cache-order.js';
export type { CostEstimate } from './optimizer/estimate-cost.js';
export type { OptimizedRequest, ParameterChange } from './optimizer/changes.js';
export type { AnswerPart, ChatFailure, ChatResult, ChatSuccess } from './result.js';
export type { ShadowKind, ShadowPair, ShadowReport } from './shadow-report.js';
export { routeOnly } from './route-only.js';
export { streamCall } from './stream.js';
