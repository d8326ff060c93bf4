import { normalizeUsage } from '../catalog/usage.js';
import { asRouteLLError, IncompleteStreamError, RouteLLError, TimeoutError } from '../errors.js';
import type { AnyChatOptions } from '../chat-options.js';
import type { ChatMessage, CompletionChunk } from '../types.js';
import type { Consumption } from './attempt-cost.js';
import { CompletionAccumulator, deliversToken, isKeptWhole } from './accumulator.js';
import { objectOf } from './answer-object.js';
import { attemptAlong } from './attempts.js';
import { beginCall, refusedResult } from './begin.js';
import type { Answer, Call } from './call.js';
import { type CachePlace, cachePlace, type Served } from './cache.js';
import { estimatedUsage } from './complete.js';
import { contentOf } from './content-of.js';
import { IdleTimer } from './idle-timer.js';
import { type OpenStream, openStream } from './open-stream.js';
import type { CallParts } from './parts.js';
import { servedModel } from './plan-step.js';
import { replay } from './replay.js';
import type { ChatResult, ChatSuccess } from './result.js';

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
 * from there the stream owns the attempt. Throws the typed error where it fails: a cut stream never looks
 * complete.
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
  #open: OpenStream | null = null;
  /** The end, once it has begun: how it came cannot be changed any more. */
  #ending: Promise<RouteLLError | null> | null = null;

  constructor(call: Call, observer: StreamObserver) {
    this.#call = call;
    this.#observer = observer;
  }

  async *chunks(): AsyncGenerator<CompletionChunk, void, undefined> {
    const call = this.#call;
    const open = await this.#begin();
    this.#observer.opened?.(open?.requestId ?? null);
    // Whoever holds the stream may never read on: an abort ends the call by itself.
    call.signal.addEventListener('abort', () => void this.fail(call.signal.reason), { once: true });
    call.throwIfAborted();
    const isUsageAskedFor = call.request.parameters.stream_options?.include_usage === true;
    if (open === null) {
      yield* this.#replayed(isUsageAskedFor);
      return;
    }
    const idle = new IdleTimer(call.parts.clock, call.parts.options.timeouts.idleMs, () => {
      call.abort(idleTimeout(call));
    });
    try {
      for (const chunk of open.buffered) yield* this.#take(chunk, isUsageAskedFor);
      for (;;) {
        idle.wait();
        const next = await open.iterator.next();
        if (next.done === true) return;
        idle.arrived(deliversToken(next.value));
        yield* this.#take(next.value, isUsageAskedFor);
      }
    } finally {
      idle.stop();
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
    this.#open = await attemptAlong(call, await call.plan(), (attempt) => openStream(call, attempt));
    return this.#open;
  }

  *#replayed(isUsageAskedFor: boolean): Generator<CompletionChunk, void, undefined> {
    if (this.#stored === null) return;
    for (const chunk of replay(this.#stored.completion, isUsageAskedFor)) {
      this.#call.throwIfAborted();
      yield chunk;
    }
  }

  /** Collects a chunk, and passes it on unless it is only there because we asked for the usage. */
  *#take(chunk: CompletionChunk, isUsageAskedFor: boolean): Generator<CompletionChunk, void, undefined> {
    this.#call.throwIfAborted();
    this.#collected.add(chunk);
    if (this.#place !== null) this.#isKeptWhole &&= isKeptWhole(chunk);
    if (!isUsageAskedFor) {
      if (chunk.choices.length === 0 && chunk.usage !== null && chunk.usage !== undefined) return;
      if (chunk.usage === null) delete chunk.usage;
    }
    yield chunk;
  }

  /** The upstream has ended the stream: a success only with a finish reason. */
  async complete(): Promise<void> {
    this.#call.throwIfAborted();
    // An upstream may leave choices out; those it began must have their end.
    if (this.#stored === null && !this.#collected.isComplete) {
      throw new IncompleteStreamError(
        'The stream ended without a finish reason: the answer is cut. What arrived stands in error.partial.',
        this.#collected.text,
      );
    }
    const failure = await (this.#ending ??= this.#succeed());
    if (failure !== null) throw failure;
  }

  /** The typed error to throw, once everything held is given back; `null` where the answer is whole after all. */
  fail(thrown: unknown): Promise<RouteLLError | null> {
    const error = this.#typed(this.#call.signal.aborted ? this.#call.signal.reason : thrown);
    // What breaks after the last finish reason breaks nothing of the answer.
    const isWhole = this.#isWhole() && (error.code === 'incomplete-stream' || error.code === 'timeout');
    return (this.#ending ??= isWhole ? this.#succeed() : this.#fail(error));
  }

  /** The consumer has stopped reading: a success if the answer was complete, else an abort. */
  async leave(): Promise<void> {
    if (this.#ending === null && this.#isWhole()) this.#ending = this.#succeed();
    if (this.#ending === null)
      this.#call.abort(new RouteLLError('aborted', 'The stream was left before its end.'));
    await (this.#ending ?? this.fail(this.#call.signal.reason));
  }

  async #fail(error: RouteLLError): Promise<RouteLLError> {
    await this.#open?.attempt.fail(error, this.#consumption());
    this.#close();
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
      if (this.#stored === null && this.#isKeptWhole) await this.#place?.keep(served);
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

  /** Ends the attempt, with all that the upstream has said. */
  async #served(): Promise<Served> {
    const { attempt, requestId = null } = this.#open ?? {};
    if (attempt === undefined) throw new RangeError('a complete stream was opened');
    const completion = this.#collected.completion();
    const consumption = this.#consumption();
    const answer = {
      ...contentOf(completion),
      usage: consumption.usage,
      changes: attempt.changes,
      model: servedModel(this.#call.parts, attempt.step, completion.model),
      provider: attempt.step.provider.id,
      cached: false,
    };
    await attempt.succeed(consumption);
    this.#close();
    return { completion, requestId, answer };
  }

  /** Closes the connection, whatever state the upstream is in; nobody waits for it. */
  #close(): void {
    this.#open?.iterator.return?.().catch(() => undefined);
  }

  /** Every choice that was asked for has come to its end. */
  #isWhole(): boolean {
    if (this.#stored !== null) return true;
    return this.#collected.isComplete && this.#collected.choices >= (this.#open?.attempt.body.n ?? 1);
  }

  /** After the first token a broken connection is a cut answer. */
  #typed(thrown: unknown): RouteLLError {
    const error = asRouteLLError(thrown);
    if (this.#open === null || (error.code !== 'upstream' && error.code !== 'malformed-response'))
      return error;
    return new IncompleteStreamError(
      `The stream broke off: ${error.message} What arrived stands in error.partial.`,
      this.#collected.text,
      { cause: error },
    );
  }

  #consumption(): Consumption {
    const servedModel = this.#collected.completion().model;
    const reported = normalizeUsage(this.#collected.usage);
    if (reported !== null) return { ...reported, servedModel };
    return { usage: estimatedUsage(this.#call, this.#collected.generated), charged: null, servedModel };
  }
}

function idleTimeout(call: Call): TimeoutError {
  const { idleMs } = call.parts.options.timeouts;
  return new TimeoutError(
    'idle',
    `The stream stood still for ${idleMs} ms. Raise timeouts.idleMs, or try again.`,
  );
}
