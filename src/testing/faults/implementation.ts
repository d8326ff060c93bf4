import type { Exchange } from '../exchange.js';
import type { Frame } from '../frames.js';
import type { FaultFields, FaultVariant } from './fields.js';

/** What is known of a request beside its content when a rule might strike it. */
export interface Circumstances {
  /** Whether its connection has carried a request before. */
  readonly reused: boolean;
  /** Since the rules were set. */
  readonly elapsedMs: number;
}

/** What a fault does. */
export interface FaultImplementation {
  /** Strikes connections, which come before any request: `rate`, `model` and the like mean nothing to it. */
  readonly closesPort?: true;
  /** Whether a request is one it can strike; others are not counted. */
  readonly applies?: (fields: FaultFields, circumstances: Circumstances) => boolean;
  /** Takes the place of the answer: no model runs and nothing is charged. */
  readonly instead?: (exchange: Exchange, fields: FaultFields) => void | Promise<void>;
  /** Changes what is sent, when, and how it ends. May change `exchange.head` before the first frame. */
  readonly frames?: (
    frames: AsyncIterable<Frame>,
    exchange: Exchange,
    fields: FaultFields,
  ) => AsyncIterable<Frame>;
  /** The forms it has; the first is the default. */
  readonly variants?: readonly [FaultVariant, ...FaultVariant[]];
  /** Which statuses it may send. @default 200 to 599 */
  readonly statuses?: readonly [least: number, most: number];
}

/** Faults by their names. */
export type FaultGroup = Readonly<Record<string, FaultImplementation>>;
