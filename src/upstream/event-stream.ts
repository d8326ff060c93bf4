import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Clock } from '../clock.js';
import { malformed, type ResponseContext } from './response.js';

/** One event may not be longer than this many characters. */
const MAX_EVENT_LENGTH = 2 ** 20;

/** How long a body may go on after `[DONE]`: one that ends keeps its connection for the next request. */
const LINGER_MS = 50;

/**
 * The server-sent events of a body, in order. Ends at `[DONE]` or at the end of the body;
 * leaving the iteration early closes the connection.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  context: ResponseContext,
  clock: Clock,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parsing: { events: EventSourceMessage[]; isTooLong: boolean } = { events: [], isTooLong: false };
  const parser = createParser({
    maxBufferSize: MAX_EVENT_LENGTH,
    onEvent: (event) => {
      parsing.isTooLong ||= event.data.length > MAX_EVENT_LENGTH;
      if (!parsing.isTooLong) parsing.events.push(event);
    },
    onError: (error) => {
      parsing.isTooLong ||= error.type === 'max-buffer-size-exceeded';
    },
  });
  let isDone = false;
  try {
    for (;;) {
      const { done: isEnd, value } = await reader.read();
      parser.feed(isEnd ? '\n\n' : decode(decoder, value, context));
      const events = isEnd ? parsing.events.filter(isWhole) : parsing.events;
      parsing.events = [];
      const doneAt = events.findIndex(isDoneMark);
      isDone = doneAt >= 0;
      yield* isDone ? events.slice(0, doneAt) : events;
      if (isDone || isEnd) return;
      if (parsing.isTooLong)
        throw malformed(`a stream event of more than ${MAX_EVENT_LENGTH} characters`, context);
    }
  } finally {
    if (isDone) linger(reader, clock);
    else reader.cancel().catch(() => undefined);
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array, context: ResponseContext): string {
  try {
    return decoder.decode(bytes, { stream: true });
  } catch (cause) {
    throw malformed('bytes that are no UTF-8', context, { cause });
  }
}

function isDoneMark(event: EventSourceMessage): boolean {
  return event.data.trim() === '[DONE]';
}

/** The last event may lack its blank line; one that the end of the body cuts off is no event. */
function isWhole(event: EventSourceMessage): boolean {
  if (isDoneMark(event)) return true;
  try {
    JSON.parse(event.data);
    return true;
  } catch {
    return false;
  }
}

/** Lets a body end by itself, for a moment. */
function linger(reader: ReadableStreamDefaultReader<Uint8Array>, clock: Clock): void {
  const cancel = (): void => {
    reader.cancel().catch(() => undefined);
  };
  const stop = clock.startTimer(LINGER_MS, cancel);
  reader
    .read()
    .then(({ done }) => {
      if (!done) cancel();
    })
    .catch(() => undefined)
    .finally(stop);
}
