/** What can be asked of a simulator. */
export type Endpoint = 'chat' | 'models' | 'account';

/** Which requests a fault strikes, and with what. Every field but `fault` has a default. */
export interface FaultFields {
  /** Share of the requests it strikes, 0..1, drawn from the seed and the request. @default 1 */
  readonly rate?: number;
  /** Only requests for this model, as the request names it. @default every model */
  readonly model?: string;
  /** @default 'chat' */
  readonly on?: Endpoint;
  /** Leaves the first so many requests alone. @default 0 */
  readonly after?: number;
  /** Strikes so many times at most. @default Infinity */
  readonly times?: number;
  /** Which form of the fault; each fault has its own. @default the first that the documentation names */
  readonly variant?: FaultVariant;
  /** `status`, `flap`, `html`, `redirect`, `informational`: the HTTP status. */
  readonly status?: number;
  /** `status`, `error-in-200`, `error-event`: the code in the error, as `insufficient_quota`. */
  readonly code?: string;
  /** `status`, `flap`: the `retry-after` header, word for word. */
  readonly retryAfter?: string;
  /** `status`, `flap`: further headers; a list sends the header several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Of faults in the midst of a stream: tokens that still arrive. */
  readonly tokens?: number;
  /** Milliseconds between two of what the fault sends slowly; of `slow`, before the headers. @default 1000 */
  readonly delayMs?: number;
  /** `slow`: milliseconds before each token. @default 0 */
  readonly tokenDelayMs?: number;
  /** `refuse`, `flap`: milliseconds without the fault, from when the rules are set. */
  readonly upMs?: number;
  /** `refuse`, `flap`: milliseconds with it; then it begins again. */
  readonly downMs?: number;
  /** `cut-stream`, `stale-socket`: how the connection closes. */
  readonly close?: 'fin' | 'reset';
  /** How many bytes a fault adds, or sends at a time. */
  readonly bytes?: number;
  /** How many of what a fault repeats. */
  readonly count?: number;
  /** `redirect`: where to, word for word. @default the same address */
  readonly location?: string;
  /** `wrong-content-type`. @default 'text/plain' */
  readonly contentType?: string;
  /** `compressed`, `bad-encoding`. @default 'gzip' */
  readonly encoding?: 'gzip' | 'br' | 'deflate';
  /** `finish-reason`. @default 'content_filter' */
  readonly finishReason?: string;
  /** `split-stream`: bytes of each piece; several sizes take turns. @default 1 */
  readonly pieceBytes?: number | readonly number[];
  /** `split-stream`: how lines end; `mixed` changes with each event. @default 'lf' */
  readonly lineEnding?: 'lf' | 'crlf' | 'cr' | 'mixed';
  /** `split-stream`: begins with a byte order mark. @default false */
  readonly byteOrderMark?: boolean;
  /** `split-stream`: a comment before each event. @default false */
  readonly comments?: boolean;
  /** `split-stream`: every event over several `data:` lines. @default false */
  readonly multiLine?: boolean;
}

/** The forms of those faults that have several. */
export type FaultVariant =
  | 'folded'
  | 'two-lengths'
  | 'no-colon'
  | 'control-character'
  | 'bad-status-line'
  | 'corrupt'
  | 'truncated'
  | 'plain'
  | 'unknown'
  | 'object'
  | 'named'
  | 'missing'
  | 'null'
  | 'zero'
  | 'twice'
  | 'decreasing'
  | 'every-chunk'
  | 'with-finish'
  | 'after-finish'
  | 'line'
  | 'delta'
  | 'one-byte'
  | 'empty'
  | 'comment'
  | 'space-after'
  | 'no-space'
  | 'lower-case'
  | 'one-byte-arguments'
  | 'index-gap'
  | 'huge-index'
  | 'interleaved'
  | 'wrong-index'
  | 'finish-on-one';
