import { InvalidRequestError } from '../errors.js';
import { type BatchItem, type BatchOptions, type BatchRequests, readBatchOptions } from './batch-options.js';
import { BatchRun } from './batch-run.js';
import { BatchSource } from './batch-source.js';
import type { CallParts } from './parts.js';
import type { ChatResult } from './result.js';

/**
 * Many calls, some at the same time. Cold until it is read, and read once. Leaving the loop ends what runs.
 * A call that fails is an item; iterating throws only where the requests themselves do, or where the client
 * was closed before all of them were pulled.
 */
export class Batch implements AsyncIterable<BatchItem> {
  readonly #open: () => BatchRun;
  #isRead = false;

  constructor(open: () => BatchRun) {
    this.#open = open;
  }

  /**
   * The items in the order in which they end.
   * @throws {InvalidRequestError} where the batch is already being read.
   */
  [Symbol.asyncIterator](): AsyncGenerator<BatchItem, void, undefined> {
    if (this.#isRead) {
      throw new InvalidRequestError(
        'batch',
        'batch is already being read: it has one consumer. Call batch() again for another.',
      );
    }
    this.#isRead = true;
    return this.#items();
  }

  /** Every result, in the order of the requests, once all have ended. Rejects where iterating throws. */
  async results(): Promise<ChatResult[]> {
    const results: ChatResult[] = [];
    for await (const { index, result } of this) results[index] = result;
    return results;
  }

  async *#items(): AsyncGenerator<BatchItem, void, undefined> {
    const run = this.#open();
    try {
      for (let item = await run.next(); item !== null; item = await run.next()) yield item;
    } finally {
      await run.leave();
    }
  }
}

/** @throws {InvalidRequestError} for options that make no sense, or requests that cannot be iterated. */
export function openBatch(parts: CallParts, requests: BatchRequests, options: BatchOptions): Batch {
  const resolved = readBatchOptions(requests, options);
  return new Batch(() => new BatchRun(parts, new BatchSource(requests, parts.logger), resolved));
}
