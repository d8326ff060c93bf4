import { asRouteLLError, IncompleteStreamError, RouteLLError, TimeoutError } from '../errors.js';
import type { AnyChatOptions } from '../chat-options.js';
import type { ChatMessage, CompletionChunk } from '../types.js';
import { CompletionAccumulator, deliversToken, isKeptWhole } from './accumulator.js';
import { objectOf } from './answer-object.js';
import { beginCall, refusedResult } from './begin.js';
import type { Answer, Call } from './call.js';
import { type CachePlace, cachePlace, type Served } from './cache.js';
import { IdleTimer } from './idle-timer.js';
import type { OpenStream } from './open-stream.js';
import type { CallParts } from './parts.js';
import { replay } from './replay.js';
import type { ChatResult, ChatSuccess } from './result.js';
import { StreamSource } from './stream-source.js';

/** What the owner of a stream is told. */
export interface StreamObserver {
  /** The call has begun and can be aborted. */
  begun(call: Call): void;
  /** The first token has arrived. */
  opened?(requestId: string | null): void;
  /** The call has ended. */
  ended(result: ChatResult): void;
}

/**
 * One streamed call from start to end, as its chunks. Until the first token it is retried like any call;
 * from there the stream owns the attempt, and only `resume` lets another go on. Throws the typed error where it
 * fails: a cut stream never looks complete.
 */
export async function* streamCall(
  parts: CallParts,
  messages: readonly ChatMessage[],
  options: AnyChatOptions,
  observer: StreamObserver,
): AsyncGenerator<CompletionChunk, void, undefined> {
  let call: Call;
  try {
    call = beginCall(parts, messages, options, true);
  } catch (error) {
    observer.ended(refusedResult(asRouteLLError(error)));
    throw error;
  }
  observer.begun(call);
  const streamed = new StreamedCall(call, observer);
  try {
    yield* streamed.chunks();
    await streamed.complete();
  } catch (error) {
    const failure = await streamed.fail(error);
    if (failure !== null) throw failure;
  } finally {
    // Does something only where the consumer left before the end.
    await streamed.leave();
  }
}

class StreamedCall {
  readonly #call: Call;
  readonly #observer: StreamObserver;
  readonly #collected = new CompletionAccumulator();
  #place: CachePlace | null = null;
  /** The stored answer, where there is one: nothing is opened for it. */
  #stored: Served | null = null;
  /** Whether what was collected is all that was said. */
  #isKeptWhole = true;
  #source: StreamSource | null = null;
  /** The end, once it has begun: how it came cannot be changed any more. */
  #ending: Promise<RouteLLError | null> | null = null;

  constructor(call: Call, observer: StreamObserver) {
    this.#call = call;
    this.#observer = observer;
  }

  async *chunks(): AsyncGenerator<CompletionChunk, void, undefined> {
    const call = this.#call;
    let open = await this.#begin();
    this.#observer.opened?.(open?.requestId ?? null);
    // Whoever holds the stream may never read on: an abort ends the call by itself.
    call.signal.addEventListener('abort', () => void this.fail(call.signal.reason), { once: true });
    call.throwIfAborted();
    const isUsageAskedFor = call.request.parameters.stream_options?.include_usage === true;
    if (open === null) yield* this.#replayed(isUsageAskedFor);
    while (open !== null) {
      const { buffered, breakOff } = open;
      const idle = new IdleTimer(call.parts.clock, call.parts.options.timeouts.idleMs, () => {
        breakOff(idleTimeout(call));
      });
      try {
        for (const chunk of buffered) yield* this.#take(chunk, isUsageAskedFor);
        let next = await this.#next(open, idle);
        for (; next.done !== true; next = await this.#next(open, idle)) {
          yield* this.#take(next.value, isUsageAskedFor);
        }
        open = next.value;
      } finally {
        idle.stop();
      }
    }
  }

  /** The next chunk of a stream; at its end the one that goes on with it, where it broke off and may be resumed. */
  async #next(
    { attempt, iterator }: OpenStream,
    idle: IdleTimer,
  ): Promise<IteratorResult<CompletionChunk, OpenStream | null>> {
    idle.wait();
    attempt.reads();
    try {
      const next = await iterator.next();
      attempt.heard();
      if (next.done === true) {
        this.#checkEnd();
        return { done: true, value: null };
      }
      idle.arrived(deliversToken(next.value));
      return next;
    } catch (error) {
      idle.stop();
      return { done: true, value: await this.#resume(error) };
    }
  }

  /** Opens the upstream's stream; `null` where there is a stored answer. */
  async #begin(): Promise<OpenStream | null> {
    const call = this.#call;
    this.#place = await cachePlace(call);
    this.#stored = (await this.#place?.read()) ?? null;
    if (this.#stored !== null) {
      call.stopDeadline();
      return null;
    }
    this.#source = new StreamSource(call, this.#collected, await call.plan());
    return this.#source.open();
  }

  /** The upstream has ended the stream. It may leave choices out; those it began must have their end. */
  #checkEnd(): void {
    this.#call.throwIfAborted();
    if (this.#collected.isComplete) return;
    throw new IncompleteStreamError(
      'The stream ended without a finish reason: the answer is cut. What arrived stands in error.partial.',
      this.#collected.text,
    );
  }

  /** Goes on with a stream that broke off; throws what broke it where that may not be. */
  async #resume(thrown: unknown): Promise<OpenStream> {
    const source = this.#source;
    if (source?.isResumable !== true || this.#ending !== null) throw thrown;
    return source.resume(source.typed(thrown));
  }

  *#replayed(isUsageAskedFor: boolean): Generator<CompletionChunk, void, undefined> {
    if (this.#stored === null) return;
    for (const chunk of replay(this.#stored.completion, isUsageAskedFor)) {
      this.#call.throwIfAborted();
      yield chunk;
    }
  }

  /** Collects a chunk, and passes it on unless it is only there because we asked for the usage. */
  *#take(received: CompletionChunk, isUsageAskedFor: boolean): Generator<CompletionChunk, void, undefined> {
    this.#call.throwIfAborted();
    const chunk = this.#source === null ? received : this.#source.next(received);
    if (chunk === null) return;
    this.#collected.add(chunk);
    if (this.#place !== null) this.#isKeptWhole &&= isKeptWhole(chunk);
    if (!isUsageAskedFor) {
      if (chunk.choices.length === 0 && chunk.usage !== null && chunk.usage !== undefined) return;
      if (chunk.usage === null) delete chunk.usage;
    }
    yield chunk;
  }

  /** All has been read. */
  async complete(): Promise<void> {
    this.#call.throwIfAborted();
    const failure = await (this.#ending ??= this.#bounded(this.#succeed()));
    if (failure !== null) throw failure;
  }

  /** The typed error to throw, once everything held is given back; `null` where the answer is whole after all. */
  fail(thrown: unknown): Promise<RouteLLError | null> {
    const reason: unknown = this.#call.signal.aborted ? this.#call.signal.reason : thrown;
    const error = this.#source?.typed(reason) ?? asRouteLLError(reason);
    // What breaks after the last finish reason breaks nothing of the answer.
    const isWhole = this.#isWhole() && (error.code === 'incomplete-stream' || error.code === 'timeout');
    return (this.#ending ??= this.#bounded(isWhole ? this.#succeed() : this.#fail(error)));
  }

  /** The consumer has stopped reading: a success if the answer was complete, else an abort. */
  async leave(): Promise<void> {
    if (this.#ending === null && this.#isWhole()) this.#ending = this.#bounded(this.#succeed());
    if (this.#ending === null)
      this.#call.abort(new RouteLLError('aborted', 'The stream was left before its end.'));
    await (this.#ending ?? this.fail(this.#call.signal.reason));
  }

  /** An end that waits for stores, for as long as for a token: the total time does not bound it. */
  async #bounded<T>(end: Promise<T>): Promise<T> {
    const { stores, parts } = this.#call;
    const stop = stores.within(parts.options.timeouts.idleMs);
    try {
      return await end;
    } finally {
      stop();
    }
  }

  async #fail(error: RouteLLError): Promise<RouteLLError> {
    await this.#source?.fail(error);
    return this.#endWith(error);
  }

  async #endWith(error: unknown): Promise<RouteLLError> {
    const call = this.#call;
    const failure = await call.fail(error);
    this.#observer.ended(call.failureResult(failure));
    return failure;
  }

  /** The call has failed all the same where the answer is no object of its schema. */
  async #succeed(): Promise<RouteLLError | null> {
    const served = this.#stored ?? (await this.#served());
    let result: ChatSuccess;
    try {
      await this.#judge(served.answer);
      if (this.#stored === null && this.#isKeptWhole && this.#source?.isOfOnePiece === true)
        await this.#place?.keep(served);
      result = await this.#call.succeed(served.answer);
    } catch (error) {
      return this.#endWith(error);
    }
    this.#observer.ended(result);
    return null;
  }

  /** Lets the schema look at the answer. The total time does not bound the end of a stream: this does. */
  async #judge(answer: Answer): Promise<void> {
    const { request, signal, parts } = this.#call;
    if (request.options.responseSchema === undefined) return;
    const { idleMs } = parts.options.timeouts;
    const stop = parts.clock.startTimer(idleMs, () => {
      const text = `responseSchema took longer than ${idleMs} ms at the end of the stream. Mend the schema, or raise timeouts.idleMs.`;
      this.#call.abort(new TimeoutError('idle', text));
    });
    try {
      await objectOf(request, answer, signal);
    } finally {
      stop();
    }
  }

  async #served(): Promise<Served> {
    if (this.#source === null) throw new RangeError('a complete stream was opened');
    return this.#source.succeed();
  }

  /** Every choice that was asked for has come to its end. */
  #isWhole(): boolean {
    if (this.#stored !== null) return true;
    return this.#collected.isComplete && this.#collected.choices >= (this.#source?.choices ?? 1);
  }
}

function idleTimeout(call: Call): TimeoutError {
  const { idleMs } = call.parts.options.timeouts;
  return new TimeoutError(
    'idle',
    `The stream stood still for ${idleMs} ms. Raise timeouts.idleMs, or try again.`,
  );
}
