import type { FaultName } from './faults/table.js';

/** Tokens as they were spent, whether or not the client saw them. */
export interface SpentTokens {
  readonly input: number;
  /** Part of `input`. */
  readonly cached: number;
  readonly output: number;
  /** Part of `output`. */
  readonly reasoning: number;
}

/**
 * How a request ended: answered in full, refused with an error status, left by the client, or broken off
 * by a fault. `pending` until then.
 */
export type RequestOutcome = 'pending' | 'completed' | 'refused' | 'aborted' | 'broken';

/** What the simulator knows of one chat request. No prompt or answer, unless `captureContent`. */
export interface LedgerEntry {
  /** The `x-request-id` of the response. */
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly modelRequested: string | null;
  readonly modelServed: string | null;
  readonly stream: boolean;
  /** `null` while there are no response headers. */
  readonly status: number | null;
  readonly fault: FaultName | null;
  readonly outcome: RequestOutcome;
  /** Bytes of the response body that were written, framing of HTTP aside. */
  readonly bodyBytes: number;
  readonly tokens: SpentTokens;
  readonly costUsd: number;
  /** Compute points charged: 100 are one credit. */
  readonly points: number;
  /** Whether the answer would have been good; `null` where the model never ran. */
  readonly good: boolean | null;
  readonly task: string | null;
  /** 0..1. */
  readonly difficulty: number | null;
  readonly latencyMs: number | null;
  /** Only with `captureContent`. */
  readonly content?: { readonly request: unknown; readonly answer: string };
}

/** Sums over the entries. */
export interface LedgerTotals {
  readonly tokens: SpentTokens;
  readonly costUsd: number;
  readonly points: number;
  readonly credits: number;
}

/** The ledger of a simulator: what it received, answered and charged, seen from outside the library. */
export interface SimulatorLedger {
  /** Chat requests in order of arrival. */
  readonly entries: readonly LedgerEntry[];
  /** Chat requests that arrived. */
  readonly received: number;
  /** Of these, the ones answered in full. */
  readonly answered: number;
  /** Of these, the ones that cost something, answered or not. */
  readonly charged: number;
  readonly totals: LedgerTotals;
  /** Requests to other paths: `models`, `account` and `other`. */
  readonly lookups: Readonly<Record<'models' | 'account' | 'other', number>>;
  /** Forgets all of it. The account stays as it is. */
  reset(): void;
}

/** An entry that is still being written. */
export type OpenEntry = { -readonly [Field in keyof LedgerEntry]: LedgerEntry[Field] };

const NO_TOKENS: SpentTokens = { input: 0, cached: 0, output: 0, reasoning: 0 };

/** The ledger as the simulator keeps it. */
export class Ledger implements SimulatorLedger {
  readonly entries: OpenEntry[] = [];
  readonly lookups = { models: 0, account: 0, other: 0 };

  open(requestId: string, at: number): OpenEntry {
    const entry: OpenEntry = {
      requestId,
      at,
      modelRequested: null,
      modelServed: null,
      stream: false,
      status: null,
      fault: null,
      outcome: 'pending',
      bodyBytes: 0,
      tokens: NO_TOKENS,
      costUsd: 0,
      points: 0,
      good: null,
      task: null,
      difficulty: null,
      latencyMs: null,
    };
    this.entries.push(entry);
    return entry;
  }

  get received(): number {
    return this.entries.length;
  }

  get answered(): number {
    return this.entries.filter((entry) => entry.outcome === 'completed').length;
  }

  get charged(): number {
    return this.entries.filter((entry) => entry.points > 0).length;
  }

  get totals(): LedgerTotals {
    const tokens = { input: 0, cached: 0, output: 0, reasoning: 0 };
    let costUsd = 0;
    let points = 0;
    for (const entry of this.entries) {
      tokens.input += entry.tokens.input;
      tokens.cached += entry.tokens.cached;
      tokens.output += entry.tokens.output;
      tokens.reasoning += entry.tokens.reasoning;
      costUsd += entry.costUsd;
      points += entry.points;
    }
    return { tokens, costUsd, points, credits: points / 100 };
  }

  reset(): void {
    this.entries.length = 0;
    this.lookups.models = this.lookups.account = this.lookups.other = 0;
  }
}
