import type { Charge, MaybePromise, Preferences, RouteLLErrorCode, TaskType, TokenUsage } from './types.js';

/** One attempt at one model: what it used, what it cost, how it ended. Written once, never changed. */
export interface AttemptRow {
  readonly callId: string;
  readonly attemptId: string;
  /** Epoch milliseconds at which the attempt began. */
  readonly at: number;
  readonly model: string;
  readonly provider: string;
  /** The shared-limit group of the provider. */
  readonly group: string;
  readonly outcome: 'success' | RouteLLErrorCode;
  /** Whether the upstream charged for it; `unknown` where it broke off after sending. */
  readonly billed: 'yes' | 'no' | 'unknown';
  readonly usage: TokenUsage | null;
  /** Computed from usage and price; `null` where the price is unknown. */
  readonly costUsd: number | null;
  /** What the upstream says it charged. */
  readonly charged: Charge | null;
  readonly reservedUsd: number | null;
  readonly latencyMs: number;
  readonly firstTokenMs: number | null;
}

/** A candidate as the router saw it. */
export interface DecisionCandidate {
  readonly model: string;
  readonly score: number;
  /** Probability that its answer is good, as predicted. */
  readonly pGood: number;
  readonly costUsd: number | null;
  /** What it was scored by where the price is unknown. */
  readonly weighedUsd?: number;
  readonly latencyMs: number;
}

/** A routing decision without its content, enough to score it again under other weights. */
export interface DecisionRecord {
  readonly callId: string;
  readonly at: number;
  readonly policyVersion: string;
  readonly taskType: TaskType;
  readonly taskConfidence: number;
  readonly distribution: Readonly<Partial<Record<TaskType, number>>>;
  readonly difficulty: number;
  readonly difficultyUncertainty: number;
  /** What was measured of the request: counts and sizes, never text. */
  readonly features: Readonly<Record<string, number>>;
  readonly preferences: Required<Preferences>;
  /** How many times cost counted, as low credits or pacing had it. @default 1 */
  readonly costMultiplier?: number;
  /** Everything that was eligible, best first. */
  readonly candidates: readonly DecisionCandidate[];
  /** By model, the probability with which the policy chose it; models that are not named had none. */
  readonly propensities: Readonly<Record<string, number>>;
  readonly chosenModel: string;
  /** The model that answered, after fallbacks; `null` where none did. */
  readonly servedModel: string | null;
  readonly session: string;
  /** Whether the caller named the session; absent is taken as named. `false`: it is that of the client. */
  readonly sessionNamed?: boolean;
  readonly tags: readonly string[];
  /** The kinds of ask that abilities were looked up for, with the share of each; absent where none were. */
  readonly segments?: readonly { readonly key: string; readonly share: number }[];
}

/** What became of a call, told by the caller or seen by the client. */
export interface OutcomeRecord {
  readonly callId: string;
  readonly at: number;
  /** 0..1. */
  readonly quality: number;
  readonly source: 'feedback' | 'implicit';
  /** What showed it, where it is implicit. */
  readonly sign?: string;
}

export type JournalRecord =
  | { readonly kind: 'attempt'; readonly record: AttemptRow }
  | { readonly kind: 'decision'; readonly record: DecisionRecord }
  | { readonly kind: 'outcome'; readonly record: OutcomeRecord };

export interface JournalQuery {
  readonly kind?: JournalRecord['kind'];
  readonly callId?: string;
  /** Epoch milliseconds, inclusive. */
  readonly from?: number;
  /** Epoch milliseconds, exclusive. */
  readonly to?: number;
}

/** The journal port: append-only records by call. */
export interface JournalStore {
  append(entry: JournalRecord): MaybePromise<void>;
  /** In the order of appending. */
  read(query?: JournalQuery): AsyncIterable<JournalRecord>;
}

/** One limit: at most `limit` units in any window of `windowMs`, or a bucket refilled at that rate. */
export interface LimitWindow {
  readonly name: string;
  readonly unit: 'requests' | 'tokens';
  /** `sliding`: never more than `limit` in any window. `bucket`: capacity `limit`, refilled once per `windowMs`. */
  readonly kind: 'sliding' | 'bucket';
  readonly limit: number;
  readonly windowMs: number;
}

export interface LimitAmount {
  readonly requests: number;
  readonly tokens: number;
}

export interface WindowUsage {
  readonly name: string;
  readonly unit: LimitWindow['unit'];
  readonly used: number;
  readonly limit: number;
  readonly windowMs: number;
}

export interface LimitsView {
  /** Milliseconds until the amount would be admitted; 0 where it would be now. */
  readonly waitMs: number;
  readonly windows: readonly WindowUsage[];
}

export interface LimitsDecision extends LimitsView {
  readonly granted: boolean;
}

/**
 * The limits port: counts against windows, atomically. All windows admit, or none is charged.
 * An amount above a window's limit is counted as that limit: it is admitted alone, and never waits for ever.
 */
export interface LimitsStore {
  /** `nowMs` is the caller's monotonic time; a shared store uses its own. */
  take(
    key: string,
    windows: readonly LimitWindow[],
    amount: LimitAmount,
    nowMs: number,
  ): MaybePromise<LimitsDecision>;
  /** Counts an amount that was used whatever the limits say. */
  record(
    key: string,
    windows: readonly LimitWindow[],
    amount: LimitAmount,
    nowMs: number,
  ): MaybePromise<void>;
  /** Gives back what a `take` at `takenAtMs` was granted and did not use. */
  refund(
    key: string,
    windows: readonly LimitWindow[],
    amount: LimitAmount,
    takenAtMs: number,
    nowMs: number,
  ): MaybePromise<void>;
  /** What `take` would say, without taking. */
  peek(
    key: string,
    windows: readonly LimitWindow[],
    amount: LimitAmount,
    nowMs: number,
  ): MaybePromise<LimitsView>;
}

/** An amount booked to one account. An account is one budget in one period. */
export interface BudgetEntry {
  /** `<budget>#<period>`. A store may forget the periods of a budget that were not used for longest. */
  readonly account: string;
  readonly amount: number;
  /** Refuse if spent + reserved + amount would pass this; `null` never refuses. */
  readonly limit: number | null;
}

export interface AccountBalance {
  readonly spent: number;
  readonly reserved: number;
}

export type ReserveDecision =
  | { readonly granted: true }
  | { readonly granted: false; readonly account: string; readonly balance: AccountBalance };

/** The budgets port: reserve in every account or in none, then settle or release, once. */
export interface BudgetsStore {
  reserve(reservationId: string, entries: readonly BudgetEntry[]): MaybePromise<ReserveDecision>;
  /** Replaces the reservation by what was spent, account by account; unknown ids do nothing. */
  settle(reservationId: string, spent: readonly Omit<BudgetEntry, 'limit'>[]): MaybePromise<void>;
  release(reservationId: string): MaybePromise<void>;
  balance(account: string): MaybePromise<AccountBalance>;
}

/** A state that outlives the process, as plain JSON. */
export interface Snapshot {
  /** What made it, so that nobody else reads it. */
  readonly format: string;
  /** Of the format; whoever does not know it leaves it alone. */
  readonly version: number;
  readonly data: unknown;
}

/** The snapshots port: the last state by key. Whoever saves last is right. */
export interface SnapshotsStore {
  /** What was saved last; `null` where nothing was. Where that cannot be read it throws: nothing is then saved over it. */
  load(key: string): MaybePromise<Snapshot | null>;
  save(key: string, snapshot: Snapshot): MaybePromise<void>;
}

/** The ports behind the client. Each is small and atomic, and has one contract test. */
export interface Stores {
  readonly limits: LimitsStore;
  readonly budgets: BudgetsStore;
  readonly journal: JournalStore;
  readonly snapshots: SnapshotsStore;
}
