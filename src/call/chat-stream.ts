import { InvalidRequestError, RouteLLError } from '../errors.js';
import type { CompletionChunk } from '../types.js';
import type { Call } from './call.js';
import type { ChatResult } from './result.js';
import type { StreamObserver } from './stream.js';

/**
 * A streamed answer: the text piece by piece. Cold until it is read, and read once.
 * Iterating throws the typed error where the stream fails; `result` never rejects.
 */
export class ChatStream<Output = undefined> implements AsyncIterable<string>, AsyncDisposable {
  readonly #open: (observer: StreamObserver) => AsyncGenerator<CompletionChunk, void, undefined>;
  readonly #result: Promise<ChatResult<Output>>;
  #resolve: (result: never) => void = () => undefined;
  #source: AsyncGenerator<CompletionChunk, void, undefined> | null = null;
  #call: Call | null = null;
  #abortReason: RouteLLError | null = null;

  constructor(open: (observer: StreamObserver) => AsyncGenerator<CompletionChunk, void, undefined>) {
    this.#open = open;
    this.#result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The pieces of the text of the first choice. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    for await (const { choices } of this.chunks()) {
      for (const { index, delta } of choices) {
        // A chunk that only tells the end may lack its delta.
        const content = (delta as typeof delta | null)?.content;
        if (index === 0 && typeof content === 'string' && content !== '') yield content;
      }
    }
  }

  /**
   * The chunks as OpenAI sends them: tool calls, every choice, finish reasons.
   * @throws {InvalidRequestError} where the stream is already being read.
   */
  chunks(): AsyncGenerator<CompletionChunk, void, undefined> {
    if (this.#source !== null) {
      throw new InvalidRequestError(
        'stream',
        'stream is already being read: a ChatStream has one consumer. Call streamCompletion() again for another.',
      );
    }
    this.#source = this.#open({
      begun: (call) => {
        this.#call = call;
        if (this.#abortReason !== null) call.abort(this.#abortReason);
      },
      ended: (result) => {
        // The call has its object by the schema that this stream is typed by.
        this.#resolve(result as never);
      },
    });
    return this.#source;
  }

  /** How the call ended; never rejects. Reading it alone, without iterating, drains the stream. */
  get result(): Promise<ChatResult<Output>> {
    // A consumer that starts in the same turn comes first.
    queueMicrotask(() => {
      if (this.#source === null) void this.#drain();
    });
    return this.#result;
  }

  /** Ends the stream; what iterates it gets an error with code `aborted`. */
  abort(): void {
    this.#abortReason ??= new RouteLLError('aborted', 'The stream was aborted.');
    this.#call?.abort(this.#abortReason);
  }

  /**
   * The chunks as newline-separated JSON, as the official client's streams give them:
   * `Stream.fromReadableStream` of that client reads it.
   */
  toReadableStream(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    const source = this.chunks();
    return new ReadableStream(
      {
        async pull(controller) {
          try {
            const next = await source.next();
            if (next.done === true) controller.close();
            else controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
          } catch (error) {
            controller.error(error);
          }
        },
        cancel: () => this[Symbol.asyncDispose](),
      },
      // Cold, as the stream itself: nothing is read ahead.
      { highWaterMark: 0 },
    );
  }

  /** Ends the stream if it is still running; what was never read is not sent any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    if (this.#source === null) return;
    // One that was never begun has an end to tell, too.
    if (this.#call === null) await this.#source.next().catch(() => undefined);
    await this.#source.return().catch(() => undefined);
  }

  async #drain(): Promise<void> {
    const source = this.chunks();
    try {
      while ((await source.next()).done !== true);
    } catch {
      // The result tells.
    }
  }
}
