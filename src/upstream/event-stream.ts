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
  { clock, maxBytes = Infinity }: { readonly clock: Clock; readonly maxBytes?: number },
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const reader = body.getReader();
  const textOf = textReader(context, maxBytes);
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
      parser.feed(isEnd ? '\n\n' : textOf(value));
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

/** What parts of a body say: text with line feeds only, of so many bytes at most. */
function textReader(context: ResponseContext, maxBytes: number): (part: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines = lineFeeds();
  let bytes = 0;
  return (part) => {
    bytes += part.byteLength;
    if (bytes > maxBytes) throw malformed(`a stream of more than ${maxBytes} bytes`, context);
    try {
      return lines(decoder.decode(part, { stream: true }));
    } catch (cause) {
      throw malformed('bytes that are no UTF-8', context, { cause });
    }
  };
}

/**
 * Makes one line feed of each end of a line, across the parts of a text. A carriage return that ends a part is
 * an end at once: what may follow it, nobody waits for.
 */
function lineFeeds(): (text: string) => string {
  let afterReturn = false;
  return (text) => {
    if (text === '') return text;
    const rest = afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    afterReturn = text.endsWith('\r');
    return rest.includes('\r') ? rest.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : rest;
  };
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
