import { whenAborted } from '../abort-watch.js';
import { asRouteLLError, IncompleteStreamError, TimeoutError } from '../errors.js';
import type { CompletionChunk } from '../types.js';
import { deliversToken } from './accumulator.js';
import type { Attempt } from './attempt.js';
import type { Call } from './call.js';
import { estimatedUsage } from './complete.js';
import { untilAborted } from '../until-aborted.js';

/** A stream whose first token has arrived. */
export interface OpenStream {
  readonly attempt: Attempt;
  readonly requestId: string | null;
  readonly iterator: AsyncIterator<CompletionChunk>;
  /** Chunks up to the first token. */
  readonly buffered: readonly CompletionChunk[];
}

/** Opens a stream and reads up to its first token: what fails until then may be tried again. */
export async function openStream(call: Call, attempt: Attempt): Promise<OpenStream> {
  const ending = new Ending(call);
  const { signal } = ending;
  const buffered: CompletionChunk[] = [];
  let iterator: AsyncIterator<CompletionChunk> | null = null;
  let requestId: string | null = null;
  try {
    const opening = attempt.step.provider.stream(
      { ...attempt.body, stream_options: { ...attempt.body.stream_options, include_usage: true } },
      { signal, headersTimeoutMs: call.attemptTimeoutMs('headersMs') },
    );
    // An injected fetch may not heed its signal: the call ends all the same.
    const opened = await untilAborted(opening, signal);
    requestId = opened.requestId;
    iterator = opened.chunks[Symbol.asyncIterator]();
    for (;;) {
      const next = await untilAborted(iterator.next(), signal);
      if (next.done === true) throw new IncompleteStreamError('The stream ended before its first token.', '');
      buffered.push(next.value);
      if (deliversToken(next.value)) break;
    }
  } catch (thrown) {
    const error = asRouteLLError(signal.aborted ? signal.reason : thrown);
    ending.leave();
    await attempt.fail(error, { usage: estimatedUsage(call, ''), charged: null });
    iterator?.return?.().catch(() => undefined);
    throw error;
  }
  ending.stop();
  attempt.firstToken();
  call.stopDeadline();
  return { attempt, requestId, iterator, buffered };
}

/** What ends an attempt at a stream: the call's own end and, where there is one, the time until the first token. */
class Ending {
  readonly signal: AbortSignal;
  /** The first token is there. */
  readonly stop: () => void;
  /** The attempt is over: nothing of it stays on the call's signal. */
  readonly leave: () => void;

  constructor(call: Call) {
    const timeoutMs = call.attemptTimeoutMs('firstTokenMs');
    if (timeoutMs === Infinity) {
      this.signal = call.signal;
      this.stop = this.leave = () => undefined;
      return;
    }
    const controller = new AbortController();
    // Stays on the call's signal for the rest of the stream, which it ends as well.
    const abort = (): void => controller.abort(call.signal.reason);
    const unfollow = whenAborted(call.signal, abort);
    if (call.signal.aborted) abort();
    this.signal = controller.signal;
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
}
