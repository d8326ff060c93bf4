import { describeThrown, InvalidRequestError } from '../errors.js';
import type { ChatMessage } from '../types.js';
import type { BatchCall, BatchRequest, SharedOptions } from './batch-options.js';

/** A request that was pulled, as the call it will be. */
export interface BatchEntry {
  readonly index: number;
  readonly messages: readonly ChatMessage[];
  readonly options: SharedOptions;
  /** What makes it no request at all; everything else the call itself finds. */
  readonly fault: InvalidRequestError | null;
}

/** Puts the options that all share under those of the request itself; `undefined` is not given. */
export function entryOf(index: number, request: BatchRequest, shared: SharedOptions): BatchEntry {
  try {
    if (!isCall(request)) return { index, messages: request, options: shared, fault: null };
    const { messages, ...own } = request;
    const given = Object.entries<unknown>(own).filter(([, value]) => value !== undefined);
    return { index, messages, options: { ...shared, ...Object.fromEntries(given) }, fault: null };
  } catch (thrown) {
    const text = `requests[${index}] could not be read: ${describeThrown(thrown)}`;
    const fault = new InvalidRequestError(`requests[${index}]`, text, { cause: thrown });
    return { index, messages: [], options: shared, fault };
  }
}

function isCall(request: unknown): request is BatchCall {
  return typeof request === 'object' && request !== null && !Array.isArray(request);
}

/** So long a text without instructions before it is taken for one that others share, as a document is. */
const SHARED_TEXT_LENGTH = 4096;

/**
 * What stands first in the prompt, and may be the same in others: model, tools, the format of the answer
 * and the instructions, or the first part of a long text where there are none. `null` where nothing is.
 */
export function sharedPrefix({ messages, options, fault }: BatchEntry): string | null {
  if (fault !== null || !Array.isArray(messages)) return null;
  const { model, tools, response_format } = options;
  try {
    const text = instructionsOf(messages) ?? longStart(messages);
    if (text === null && tools === undefined && response_format === undefined) return null;
    return JSON.stringify([model, tools, response_format, text]);
  } catch {
    // A request that is no JSON fails by itself.
    return null;
  }
}

function instructionsOf(messages: readonly ChatMessage[]): string | null {
  const end = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  const instructions = end < 0 ? messages : messages.slice(0, end);
  return instructions.length === 0 ? null : JSON.stringify(instructions);
}

function longStart(messages: readonly ChatMessage[]): string | null {
  const text = JSON.stringify(messages);
  return text.length > SHARED_TEXT_LENGTH ? text.slice(0, SHARED_TEXT_LENGTH) : null;
}
