import { asRouteLLError, describeThrown, RouteLLError } from '../errors.js';
import { type BatchEntry, entryOf, sharedPrefix } from './batch-entry.js';
import type { BatchItem, ResolvedBatchOptions } from './batch-options.js';
import { ProgressCount } from './batch-progress.js';
import { BatchQueue } from './batch-queue.js';
import { BatchSlots } from './batch-slots.js';
import type { BatchSource } from './batch-source.js';
import { refusedResult } from './begin.js';
import { closedError } from './close.js';
import { completeCall } from './complete.js';
import type { CallParts, RunningCall } from './parts.js';
import type { ChatResult } from './result.js';

/** Pulled beyond those that run: the next is at hand when one ends. */
const AHEAD = 2;
/** Pulled beyond those where similar requests are looked for. */
const LOOK_AHEAD = 1000;

/**
 * A batch under way: pulls requests, runs them as calls, holds what has ended until it is taken. It pulls
 * no more than it has room for, so that neither requests nor results pile up.
 */
export class BatchRun {
  readonly #parts: CallParts;
  readonly #source: BatchSource;
  readonly #options: ResolvedBatchOptions;
  readonly #slots: BatchSlots;
  readonly #queue = new BatchQueue();
  readonly #running = new Set<RunningCall>();
  readonly #progress: ProgressCount;
  /** Begun, be it that they wait for a slot, and not ended. */
  #begun = 0;
  readonly #ended: BatchItem[] = [];
  /** Nothing more is begun, and this is why. */
  #isHalted = false;
  #reason: () => RouteLLError = leftError;
  #failure: RouteLLError | null = null;
  #isLeft = false;
  #isPulling = false;
  #wake: () => void = () => undefined;

  constructor(parts: CallParts, source: BatchSource, options: ResolvedBatchOptions) {
    this.#parts = parts;
    this.#source = source;
    this.#options = options;
    this.#slots = new BatchSlots(options.concurrency);
    this.#progress = new ProgressCount(parts.clock, source.total);
    parts.lifecycle.onClose.add(this.#onClose);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (parts.lifecycle.closed) this.#onClose();
    if (options.signal?.aborted === true) this.#onAbort();
    this.#advance();
  }

  /** The next that has ended; `null` after the last. @throws {RouteLLError} what ended the batch early. */
  async next(): Promise<BatchItem | null> {
    for (;;) {
      const item = this.#ended.shift();
      if (item !== undefined) {
        this.#advance();
        return item;
      }
      if (this.#source.isEnded && this.#queue.size === 0 && this.#begun === 0) {
        const failure = this.#failure ?? this.#source.failure;
        if (failure !== null) throw failure;
        return null;
      }
      await this.#change();
    }
  }

  /** Ends what runs, begins nothing more, and resolves once nothing is left. */
  async leave(): Promise<void> {
    this.#isLeft = true;
    this.#halt(leftError);
    this.#parts.lifecycle.onClose.delete(this.#onClose);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    const stopping = this.#source.stop();
    this.#abortRunning();
    while (this.#begun > 0) await this.#change();
    await stopping;
    await this.#slots.close();
  }

  readonly #onAbort = (): void => {
    const cause: unknown = this.#options.signal?.reason;
    this.#halt(() => new RouteLLError('aborted', 'The batch was aborted by its signal.', { cause }));
    this.#abortRunning();
  };

  /** What runs has the grace that `close` gives it. */
  readonly #onClose = (): void => {
    // Who reads on must not take this for the end of the requests.
    if (!this.#source.isList && !this.#source.isEnded) this.#failure = closedError();
    this.#halt(closedError);
  };

  /** Begins nothing more: what was pulled fails for this reason, as does what is left of a list. */
  #halt(reason: () => RouteLLError): void {
    if (!this.#isHalted) this.#reason = reason;
    this.#isHalted = true;
    if (!this.#source.isList) void this.#source.stop();
    for (const entry of this.#queue.takeAll()) this.#end(entry, refusedResult(this.#reason()));
    this.#advance();
    this.#wake();
  }

  #abortRunning(): void {
    for (const call of this.#running) call.abort(this.#reason());
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Pulls and begins as much as there is room for. */
  #advance(): void {
    if (this.#isLeft) return;
    this.#beginNext();
    if (!this.#isPulling && this.#mayPull()) void this.#pull();
  }

  #mayPull(): boolean {
    const held = this.#queue.size + this.#begun + this.#ended.length;
    const room = this.#options.concurrency + AHEAD + (this.#options.groupSimilar ? LOOK_AHEAD : 0);
    return !this.#source.isEnded && held < room;
  }

  async #pull(): Promise<void> {
    this.#isPulling = true;
    while (this.#mayPull()) {
      const pulled = await this.#source.next();
      if (pulled === null) break;
      const entry = entryOf(pulled.index, pulled.request, this.#options.shared);
      if (this.#isHalted) this.#end(entry, refusedResult(this.#reason()));
      else this.#queue.add(entry, this.#options.groupSimilar ? sharedPrefix(entry) : null);
      this.#beginNext();
      this.#wake();
    }
    this.#isPulling = false;
    this.#wake();
  }

  #beginNext(): void {
    while (this.#begun + this.#ended.length < this.#options.concurrency + AHEAD) {
      const entry = this.#queue.take(this.#parts.clock.monotonic());
      if (entry === undefined) return;
      this.#begun += 1;
      void this.#run(entry);
    }
  }

  async #run(entry: BatchEntry): Promise<void> {
    let result: ChatResult;
    try {
      result = await this.#slots.run(entry.options.priority, () => this.#call(entry));
    } catch (error) {
      result = refusedResult(asRouteLLError(error));
    }
    this.#begun -= 1;
    this.#queue.ended(entry, result.attempts.length > 0, this.#parts.clock.monotonic());
    this.#end(entry, result);
    this.#advance();
    this.#wake();
  }

  async #call({ messages, options, fault }: BatchEntry): Promise<ChatResult> {
    if (this.#isHalted) return refusedResult(this.#reason());
    if (fault !== null) return refusedResult(fault);
    let running: RunningCall | undefined;
    const { result } = await completeCall(this.#parts, messages, options, (call) => {
      call.isPatient = true;
      running = call;
      this.#running.add(call);
    });
    if (running !== undefined) this.#running.delete(running);
    return result;
  }

  #end({ index }: BatchEntry, result: ChatResult): void {
    if (this.#isLeft) return;
    this.#ended.push({ index, result });
    this.#progress.add(result);
    this.#tellProgress();
  }

  #tellProgress(): void {
    const report = (error: unknown): void => {
      this.#parts.logger.error('onProgress of a batch failed', { error: describeThrown(error) });
    };
    try {
      void Promise.resolve(this.#options.onProgress?.(this.#progress.snapshot)).then(undefined, report);
    } catch (error) {
      report(error);
    }
  }
}

function leftError(): RouteLLError {
  return new RouteLLError('aborted', 'The batch was left before its end.');
}
