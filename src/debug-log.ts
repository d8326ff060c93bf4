import type { Clock } from './clock.js';
import { eventLine } from './event-line.js';
import type { EventSource, RouteLLEvent, Unsubscribe } from './events.js';
import type { Logger } from './types.js';

/** The end of a call's id that stands before its lines: enough to tell apart the calls of a log. */
const SHORT_ID = 6;

/**
 * Debug mode: tells every event to the logger's `debug`, one line each. Lines of a call begin with the end of
 * its id and the milliseconds since it started.
 */
export function logEvents(
  events: EventSource,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Unsubscribe {
  /** Of the calls under way. */
  const startedMs = new Map<string, number>();
  const prefix = (event: RouteLLEvent): string => {
    if (!('callId' in event)) return '';
    const nowMs = clock.monotonic();
    if (event.type === 'call-start') startedMs.set(event.callId, nowMs);
    const elapsedMs = Math.round(nowMs - (startedMs.get(event.callId) ?? nowMs));
    if (event.type === 'call-end' || event.type === 'call-error') startedMs.delete(event.callId);
    return `${event.callId.slice(-SHORT_ID)} ${`+${elapsedMs}`.padStart(6)} ms  `;
  };
  return events.subscribe((event) => logger.debug(prefix(event) + eventLine(event)));
}
