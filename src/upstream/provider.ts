import type {
  Charge,
  ChatRequestBody,
  Completion,
  CompletionChunk,
  CreditStatus,
  CreditUnit,
  ListedModel,
} from '../types.js';

export interface ProviderCallOptions {
  /** Ends the exchange in every phase, whatever its reason. */
  readonly signal: AbortSignal;
  /** Milliseconds until the response headers must have arrived; `Infinity` for no limit of their own. */
  readonly headersTimeoutMs: number;
}

/** An answer and what its headers told. */
export interface ProviderCompletion {
  readonly completion: Completion;
  readonly requestId: string | null;
  /** What the headers say was charged; what the usage says goes before it. @default null */
  readonly charged?: Charge | null;
}

/** A stream whose headers have arrived. Iterating throws typed errors; leaving it closes the connection. */
export interface ProviderStream {
  readonly chunks: AsyncIterable<CompletionChunk>;
  readonly requestId: string | null;
}

/** What the upstream's account page says, less everything personal. All of it is in one unit. */
export type AccountCredits = Pick<CreditStatus, 'usedCredits' | 'grantedCredits'> & {
  /** Where the page says it itself. @default granted less used */
  readonly remainingCredits?: number | null;
  /** `credits`, or a currency as `usd`. @default 'credits' */
  readonly unit?: CreditUnit;
  /** How far the page may lag behind. @default unknown */
  readonly lagSeconds?: number | null;
  readonly plan: string | null;
};

/**
 * One upstream service. It rejects with a `RouteLLError` and never tries `chat` or `stream` twice; `models` and
 * `account` may change to another key by themselves.
 */
export interface Provider {
  readonly id: string;
  readonly baseURL: string;
  /** Models of one group share an account and its limits. */
  readonly group: string;
  /** Keys it can change between: an `authentication` error is retryable while another is left. @default 1 */
  readonly keyCount?: number;
  chat(body: ChatRequestBody, options: ProviderCallOptions): Promise<ProviderCompletion>;
  stream(body: ChatRequestBody, options: ProviderCallOptions): Promise<ProviderStream>;
  models(options: ProviderCallOptions): Promise<readonly ListedModel[]>;
  /** `null` where the service has no such page. */
  account(options: ProviderCallOptions): Promise<AccountCredits | null>;
}
