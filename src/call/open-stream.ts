import { whenAborted } from '../abort-watch.js';
import { asRouteLLError, IncompleteStreamError, type RouteLLError, TimeoutError } from '../errors.js';
import type { CompletionChunk } from '../types.js';
import { deliversToken } from './accumulator.js';
import type { Attempt } from './attempt.js';
import type { Call } from './call.js';
import { estimatedUsage } from './estimated-usage.js';
import { untilAborted } from '../until-aborted.js';

/** A stream whose first token has arrived. */
export interface OpenStream {
  readonly attempt: Attempt;
  readonly requestId: string | null;
  readonly iterator: AsyncIterator<CompletionChunk>;
  /** Chunks up to the first token. */
  readonly buffered: readonly CompletionChunk[];
  /** Closes the connection, whatever state the upstream is in; nobody waits for it. */
  readonly close: () => void;
  /** Ends the attempt alone where the call may go on without it, else the call. */
  readonly breakOff: (reason: RouteLLError) => void;
}

/** Opens a stream and reads up to its first token: what fails until then may be tried again. */
export async function openStream(call: Call, attempt: Attempt): Promise<OpenStream> {
  const ending = new Ending(call);
  const { signal } = ending;
  const buffered: CompletionChunk[] = [];
  let iterator: AsyncIterator<CompletionChunk> | null = null;
  let requestId: string | null = null;
  const close = (): void => {
    ending.leave();
    iterator?.return?.().catch(() => undefined);
  };
  try {
    const opening = attempt.step.provider.stream(
      { ...attempt.body, stream_options: { ...attempt.body.stream_options, include_usage: true } },
      { signal, headersTimeoutMs: call.attemptTimeoutMs('headersMs') },
    );
    // An injected fetch may not heed its signal: the call ends all the same.
    const opened = await untilAborted(opening, signal);
    requestId = opened.requestId;
    iterator = ending.heededBy(opened.chunks[Symbol.asyncIterator]());
    for (;;) {
      const next = await untilAborted(iterator.next(), signal);
      if (next.done === true) throw new IncompleteStreamError('The stream ended before its first token.', '');
      buffered.push(next.value);
      if (deliversToken(next.value)) break;
    }
  } catch (thrown) {
    const error = asRouteLLError(signal.aborted ? signal.reason : thrown);
    ending.leave();
    await attempt.fail(error, { usage: estimatedUsage(attempt.request, ''), charged: null });
    close();
    throw error;
  }
  ending.stop();
  attempt.firstToken();
  call.stopDeadline();
  return { attempt, requestId, iterator, buffered, close, breakOff: ending.breakOff };
}

/**
 * What ends an attempt at a stream: the call's own end and, where there is one, the time until the first token;
 * where the call may be resumed, also the time between two tokens.
 */
class Ending {
  readonly signal: AbortSignal;
  /** The first token is there, or never will be. */
  readonly stop: () => void = () => undefined;
  readonly breakOff: OpenStream['breakOff'];
  /** The attempt is over: nothing of it stays on the call's signal. */
  readonly leave: () => void = () => undefined;
  readonly #isResumable: boolean;

  constructor(call: Call) {
    this.#isResumable = call.request.options.resume === true;
    this.breakOff = (reason) => call.abort(reason);
    const timeoutMs = call.attemptTimeoutMs('firstTokenMs');
    if (timeoutMs === Infinity && !this.#isResumable) {
      this.signal = call.signal;
      return;
    }
    const controller = new AbortController();
    // Stays on the call's signal until the stream is closed, which it ends as well.
    const abort = (): void => controller.abort(call.signal.reason);
    const unfollow = whenAborted(call.signal, abort);
    this.leave = unfollow;
    if (call.signal.aborted) abort();
    this.signal = controller.signal;
    if (this.#isResumable) this.breakOff = (reason) => controller.abort(reason);
    if (timeoutMs === Infinity) return;
    const stop = call.parts.clock.startTimer(timeoutMs, () => {
      const text = `No token arrived within ${timeoutMs} ms. Raise timeouts.firstTokenMs, or use a faster model.`;
      controller.abort(new TimeoutError('first-token', text));
    });
    this.stop = stop;
    this.leave = () => {
      stop();
      unfollow();
    };
  }

  /** The chunks, which end with the attempt whether or not an injected fetch heeds its signal. */
  heededBy(chunks: AsyncIterator<CompletionChunk>): AsyncIterator<CompletionChunk> {
    if (!this.#isResumable) return chunks;
    return {
      next: () => untilAborted(chunks.next(), this.signal),
      return: async () => (await chunks.return?.()) ?? { done: true, value: undefined },
    };
  }
}
