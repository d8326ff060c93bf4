import type { Clock, Random } from 'routell';
import type { AttemptTruth } from './attempt-truth.js';

/** What a coded upstream knows of one attempt. */
export interface CodedExchange extends AttemptTruth {
  readonly atMs: number;
  readonly host: string;
  readonly fault: string | null;
  /** All that was sent of the answer's text. */
  readonly text: string;
  /** The answer was sent to its end, finish reason and all. */
  readonly isWhole: boolean;
  /** The client is still attached. */
  readonly isOpen: boolean;
}

export type OpenExchange = { -readonly [Field in keyof CodedExchange]: CodedExchange[Field] };

/** USD per 1M tokens of every model. */
export const CODED_PRICES = { input: 1, output: 5 };
export const CODED_MODELS = ['coded-small', 'coded-large'];

/** What a fault sees of the answer it may spoil. */
export interface CodedAnswer {
  readonly exchange: OpenExchange;
  readonly isStream: boolean;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  /** The tokens of the answer. */
  readonly tokens: readonly string[];
  readonly tokenMs: number;
}
