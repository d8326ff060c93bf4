import type { StandardJSONSchemaV1, StandardSchemaV1 } from '@standard-schema/spec';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsBase,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
} from 'openai/resources/chat/completions';

export type { CreditsMode, CreditStatus, CreditStatusSource, CreditUnit } from './credit-status.js';

/** A message of the conversation: OpenAI's own type. */
export type ChatMessage = ChatCompletionMessageParam;
/** A whole answer, as the upstream sent it: OpenAI's own type. */
export type Completion = ChatCompletion;
/** One chunk of a streamed answer: OpenAI's own type. */
export type CompletionChunk = ChatCompletionChunk;
/** The message of an answer: OpenAI's own type. */
export type CompletionMessage = ChatCompletionMessage;
/** A tool call in an answer: OpenAI's own type. */
export type ToolCall = ChatCompletionMessageToolCall;
/** A request body by its wire names: OpenAI's own type. */
export type ChatRequestBody = ChatCompletionCreateParamsBase;
/** Every parameter of a chat completion by its wire name, less what the call itself sets. */
export type ChatParameters = Omit<ChatRequestBody, 'messages' | 'model' | 'stream'>;

/** A schema of any library that follows Standard Schema: zod, valibot, arktype and others. */
export type ResponseSchema = StandardSchemaV1;
/** What a schema that can describe itself brings: its JSON Schema, in the dialect that is asked for. */
export type JSONSchemaConverter = StandardJSONSchemaV1.Converter;
/**
 * What the schema of a call makes of the answer; `undefined` without a schema. A model that was offered tools may
 * call them instead: then there is no object either.
 */
export type ResponseObject<Schema, Tools = undefined> =
  | (Schema extends ResponseSchema ? StandardSchemaV1.InferOutput<Schema> : undefined)
  | (Tools extends undefined ? never : undefined);

/** A value, or a promise of it: ports stay synchronous where their store is. */
export type MaybePromise<T> = T | Promise<T>;

/** Every code an error of this library can carry. */
export type RouteLLErrorCode =
  | 'configuration'
  | 'invalid-request'
  | 'authentication'
  | 'no-model'
  | 'rate-limit'
  | 'queue-full'
  | 'budget'
  | 'credits-exhausted'
  | 'upstream'
  | 'malformed-response'
  | 'incomplete-stream'
  | 'timeout'
  | 'aborted'
  | 'all-models-failed'
  | 'store'
  | 'closed';

/** What kind of work a request asks for. */
export const TaskType = {
  CODE_GENERATION: 'code_generation',
  CODE_DEBUG: 'code_debug',
  CODE_EXPLANATION: 'code_explanation',
  MATH: 'math',
  REASONING: 'reasoning',
  CREATIVE_WRITING: 'creative_writing',
  WRITING: 'writing',
  REWRITING: 'rewriting',
  SUMMARIZATION: 'summarization',
  TRANSLATION: 'translation',
  EXTRACTION: 'extraction',
  CLASSIFICATION: 'classification',
  QUESTION_ANSWERING: 'question_answering',
  CONVERSATION: 'conversation',
  ANALYSIS: 'analysis',
  BRAINSTORMING: 'brainstorming',
} as const;
export type TaskType = (typeof TaskType)[keyof typeof TaskType];

/** How able, and how dear, a model is among its peers. */
export const ModelTier = {
  ECONOMY: 'economy',
  BALANCED: 'balanced',
  STRONG: 'strong',
  PREMIUM: 'premium',
  SPECIALIZED: 'specialized',
} as const;
export type ModelTier = (typeof ModelTier)[keyof typeof ModelTier];

/** Prices in USD per 1M tokens. What is absent is charged as `input` or `output`. */
export interface TokenPrices {
  readonly input: number;
  readonly output: number;
  /** Input tokens read from the prompt cache. */
  readonly cached?: number;
  /** Input tokens written to the prompt cache. */
  readonly cacheWrite?: number;
  readonly audioInput?: number;
  readonly audioOutput?: number;
}

/** Prices that hold under a condition; the last entry whose conditions all hold wins. */
export interface ConditionalPrices extends TokenPrices {
  /** Holds for requests with more input tokens than this; the whole request is then priced so. */
  readonly aboveInputTokens?: number;
  /** Holds from this instant on, epoch milliseconds. */
  readonly from?: number;
  /** Holds before this instant, epoch milliseconds. */
  readonly until?: number;
  /** Holds while the UTC time of day lies in one of these [start, end) minute ranges. */
  readonly utcMinutes?: readonly (readonly [number, number])[];
  /**
   * Holds for answers that the upstream says it served in this `service_tier`, as `flex` or `priority`. In a tier of
   * which no entry speaks the price is unknown. @default the standard tier
   */
  readonly serviceTier?: string;
}

/** The prices of a model: a base, and what departs from it. */
export interface ModelPrices extends TokenPrices {
  readonly tiers?: readonly ConditionalPrices[];
}

/** What a model can take and give beyond text. */
export interface ModelAbilities {
  readonly tools?: boolean;
  readonly vision?: boolean;
  readonly audio?: boolean;
  /** `response_format: { type: 'json_object' }`. */
  readonly json?: boolean;
  /** `response_format: { type: 'json_schema' }`. */
  readonly structuredOutput?: boolean;
  readonly reasoning?: boolean;
}

/** How a model wants its parameters. */
export interface ParameterPolicy {
  /** The name of the output cap. @default 'max_tokens' */
  readonly outputCap?: 'max_tokens' | 'max_completion_tokens';
  /** Whether `temperature` may be set. @default true */
  readonly temperature?: boolean;
  /** Whether its vendor advises to leave `temperature` alone: the optimizer then sets none. @default false */
  readonly keepTemperature?: boolean;
}

/** Ability before any outcome was seen: Elo ratings on the scale of public arenas. */
export interface QualityPrior {
  readonly overall: number;
  readonly byTask?: Readonly<Partial<Record<TaskType, number>>>;
  /** How far to trust it: measured for this model, or inherited from its family. */
  readonly confidence: 'high' | 'low';
}

/** What a model can do and costs. A name and a price are enough to be routed to. */
export interface ModelCapability {
  readonly name: string;
  /** Id of the provider that serves it. @default the client's own */
  readonly provider?: string;
  readonly tier?: ModelTier;
  /** USD per 1M tokens. `null` or absent: unknown, unless `costPerToken` is given. */
  readonly prices?: ModelPrices | null;
  /** USD per token, input and output alike: the short form of `prices`. */
  readonly costPerToken?: number;
  /** Input and output tokens together. `null` or absent: unknown. */
  readonly contextWindow?: number | null;
  /** The guide's name for `contextWindow`. */
  readonly maxTokens?: number;
  readonly maxOutput?: number | null;
  readonly abilities?: ModelAbilities;
  readonly parameters?: ParameterPolicy;
  readonly quality?: QualityPrior;
  /** 0..1, the short form of `quality`. */
  readonly qualityScore?: number;
  /** Tasks at which it is better than its overall quality says. */
  readonly strengths?: readonly TaskType[];
  readonly typicalFirstTokenMs?: number;
  readonly typicalTokensPerSecond?: number;
  /** Bills nothing and keeps serving once the balance is gone. */
  readonly unlimited?: boolean;
  /** Another id under which the same model is listed. */
  readonly aliases?: readonly string[];
  /** Kept for old configurations: routed to only when it is listed or configured. */
  readonly legacy?: boolean;
  /** Chooses a model on the server by itself, as `route-llm`: a fallback, never a candidate of `auto`. */
  readonly routesItself?: boolean;
}

/** A model as the upstream lists it. Absent figures are unknown. */
export interface ListedModel {
  readonly id: string;
  readonly ownedBy: string | null;
  readonly prices: ModelPrices | null;
  readonly contextWindow: number | null;
  readonly maxOutput: number | null;
  /** Whether images may be sent; `null` where the upstream does not say. */
  readonly vision: boolean | null;
  /** Bills nothing and keeps serving once the balance is gone. */
  readonly unlimited: boolean;
}

/** Weights 0..1 of what matters, normalised to their sum. @default { cost: 0.4, quality: 0.4, speed: 0.2 } */
export interface Preferences {
  readonly cost?: number;
  readonly quality?: number;
  readonly speed?: number;
}

/** Hard limits on the choice of a model. */
export interface Constraints {
  /** USD per token, compared with (3·input + output) / 4e6 of the model's prices. */
  readonly maxCostPerToken?: number;
  /** USD for the whole request, at its estimated cost. */
  readonly maxCostUsd?: number;
  /** Milliseconds for the whole request, at the model's typical speed. */
  readonly maxTimeMs?: number;
  /** Tokens, input and output together. */
  readonly minContextWindow?: number;
  /** Only these models. */
  readonly models?: readonly string[];
}

/** Tokens of a request, in the shape of the AI SDK. All details are parts of their totals. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly audioInputTokens: number;
  readonly reasoningTokens: number;
  readonly audioOutputTokens: number;
  /** True where the upstream sent no usage and this is our own count. */
  readonly estimated: boolean;
}

/** A figure of a reported usage that does not add up, and what was counted in its place. */
export interface UsageMismatch {
  readonly field: Exclude<keyof TokenUsage, 'estimated'>;
  /**
   * `above-total`: a detail larger than its total, cut to it. `sum`: the total is not what its parts come to.
   * `unreadable`: no count of tokens, taken for 0. `decreased`: a stream reported more before; the last counts.
   */
  readonly problem: 'above-total' | 'sum' | 'unreadable' | 'decreased';
  /** `null` where it is no count. */
  readonly reported: number | null;
  readonly counted: number;
}

/** What the upstream itself says it charged. Units are never mixed. */
export interface Charge {
  readonly amount: number;
  readonly unit: 'credits' | 'usd';
}

/** What calls of known cost came to, by task, hour and weekday. */
export interface SpendingPattern {
  readonly calls: number;
  /** USD by kind of task. */
  readonly byTaskUsd: Readonly<Record<string, number>>;
  /** USD by hour of the UTC day, 24 of them. */
  readonly byHourUsd: readonly number[];
  /** USD by day of the UTC week, seven of them, Monday first. */
  readonly byWeekdayUsd: readonly number[];
}

/**
 * Permission that must be given back exactly once: settled with what happened, or released unused.
 * Whichever comes first holds; later calls do nothing.
 */
export interface Lease<Outcome> {
  settle(outcome: Outcome): MaybePromise<void>;
  release(): MaybePromise<void>;
}

/** Where a message to the operator goes. Never receives prompts, completions or keys. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
