import { InvalidRequestError } from '../errors.js';
import { didYouMean } from '../nearest-name.js';
import type { ChatOptions } from '../chat-options.js';
import type { ChatMessage } from '../types.js';
import { readRequest } from './request.js';
import type { ChatResult } from './result.js';

/** A request of a batch with options of its own, which come before those of the batch. */
export interface BatchCall extends ChatOptions {
  readonly messages: readonly ChatMessage[];
}

/** One request of a batch: its messages, or these with options of its own. */
export type BatchRequest = readonly ChatMessage[] | BatchCall;

/** A list is known as a whole; everything else is pulled as the batch goes on. */
export type BatchRequests = Iterable<BatchRequest> | AsyncIterable<BatchRequest>;

/** Options of a batch: its own, and those of a call, which every request shares. */
export interface BatchOptions extends ChatOptions {
  /** Calls that run at the same time, at most. @default 8 */
  readonly concurrency?: number;
  /** Told after each request that has ended. What it throws reaches the logger only. */
  readonly onProgress?: (progress: BatchProgress) => unknown;
  /**
   * Runs requests that begin alike next to one another, the first alone, so that the others find the
   * upstream's prompt cache warm. Up to 1,000 requests are pulled ahead for it. @default false
   */
  readonly groupSimilar?: boolean;
  /** 0..9, lower first, where calls wait for a rate limit. @default 9: every other call passes in front */
  readonly priority?: number;
  /** Ends the batch: what runs is aborted, nothing more is begun. */
  readonly signal?: AbortSignal;
}

/** How far a batch has come. */
export interface BatchProgress {
  /** Requests in all; `null` where only the end will tell. */
  readonly total: number | null;
  /** Requests that have ended. */
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Requests that ended in a second, lately; 0 where it cannot be told yet. */
  readonly ratePerSecond: number;
  /** Milliseconds until the end at that rate; `null` where it cannot be told. */
  readonly remainingMs: number | null;
  /** USD so far, failures included, of those requests whose cost is known; `null` where none is. */
  readonly costUsd: number | null;
  /** Requests whose cost is unknown: it is missing from `costUsd`. */
  readonly unknownCosts: number;
}

/** How one request of a batch ended. */
export interface BatchItem {
  /** Its place among the requests, from 0. */
  readonly index: number;
  readonly result: ChatResult;
}

/** The options of a batch, checked, defaults filled in. */
export interface ResolvedBatchOptions {
  readonly concurrency: number;
  readonly onProgress: BatchOptions['onProgress'];
  readonly groupSimilar: boolean;
  readonly signal: AbortSignal | undefined;
  /** What every request shares. */
  readonly shared: SharedOptions;
}

/** Options of a call that has a priority in any case. */
export type SharedOptions = ChatOptions & Required<Pick<ChatOptions, 'priority'>>;

/** Below the burst of 10 that the default limits admit: a call in between finds room. */
const DEFAULT_CONCURRENCY = 8;
const LOWEST_PRIORITY = 9;

const OWN_NAMES: readonly string[] = ['concurrency', 'onProgress', 'groupSimilar'];

/**
 * Checks what a batch is given as a whole. The requests are checked one by one, as the calls they are.
 * @throws {InvalidRequestError} naming the option and what was expected.
 */
export function readBatchOptions(requests: unknown, options: BatchOptions): ResolvedBatchOptions {
  if (!isIterable(requests)) {
    throw new InvalidRequestError(
      'requests',
      'requests must be a list, an iterable or an async iterable of messages, or of { messages, ...options }.',
    );
  }
  const { concurrency, onProgress, groupSimilar, ...shared } = checked(options);
  if (concurrency !== undefined && !(Number.isSafeInteger(concurrency) && concurrency >= 1)) {
    throw expected('concurrency', 'a whole number, 1 or more');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw expected('onProgress', 'a function that takes the progress');
  }
  if (groupSimilar !== undefined && typeof groupSimilar !== 'boolean') {
    throw expected('groupSimilar', 'true or false');
  }
  // The signal is the batch's: listening to it once is enough for any number of calls.
  const { signal, ...ofCalls } = shared;
  return {
    concurrency: concurrency ?? DEFAULT_CONCURRENCY,
    onProgress,
    groupSimilar: groupSimilar ?? false,
    signal,
    shared: { ...ofCalls, priority: ofCalls.priority ?? LOWEST_PRIORITY },
  };
}

/** A text can be iterated too, but nobody means its characters. */
function isIterable(requests: unknown): boolean {
  if (typeof requests !== 'object' || requests === null) return false;
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = requests as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof async === 'function' || typeof sync === 'function';
}

/** Any messages: only the options are looked at. */
const SOME_MESSAGES: readonly ChatMessage[] = [{ role: 'user', content: '' }];

/** A mistake in what all calls share is told once, before the first. */
function checked(options: BatchOptions): BatchOptions {
  const isOfCalls = ([name]: [string, unknown]): boolean => !OWN_NAMES.includes(name);
  try {
    const given = isObject(options) ? Object.fromEntries(Object.entries(options).filter(isOfCalls)) : options;
    readRequest(SOME_MESSAGES, given);
    if ((given as { readonly stream?: boolean }).stream === true) throw streamed();
  } catch (error) {
    const advice = error instanceof InvalidRequestError ? didYouMean(error.field, OWN_NAMES) : '';
    if (advice === '' || !(error instanceof InvalidRequestError)) throw error;
    throw new InvalidRequestError(error.field, `${error.field} is not an option of a batch.${advice}`);
  }
  return options;
}

function streamed(): InvalidRequestError {
  const text =
    'stream must be false in a batch, or left out: its calls answer whole. Call streamCompletion() to stream.';
  return new InvalidRequestError('stream', text);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function expected(field: string, what: string): InvalidRequestError {
  return new InvalidRequestError(field, `${field} must be ${what}.`);
}
