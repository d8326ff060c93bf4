import type { EventSource, RouteLLEvent } from 'routell';
import type { Findings } from './findings.js';

/** Whether an event is the one end of its call. */
export const isTerminal = ({ type }: RouteLLEvent): boolean => type === 'call-end' || type === 'call-error';

/**
 * Watches the events of a client for I1: each call starts once, ends once, and tells nothing after its end.
 * Only calls that run are held.
 */
export class CallWatch {
  readonly #findings: Findings;
  readonly #running = new Set<string>();
  /** What was booked for each attempt that may have been billed, since it was last taken. */
  #bookedUsd = new Map<string, number | null>();
  started = 0;
  ended = 0;
  succeeded = 0;
  attempts = 0;
  /** How calls ended: `success`, or the code of the error. */
  readonly endings = new Map<string, number>();

  constructor(events: EventSource, findings: Findings) {
    this.#findings = findings;
    events.subscribe((event) => {
      if ('callId' in event) this.#hear(event);
    });
  }

  #hear(event: Extract<RouteLLEvent, { readonly callId: string }>): void {
    const { type, callId } = event;
    if (type === 'call-start') {
      this.started += 1;
      this.#findings.check('I1 a call starts once', !this.#running.has(callId), () => callId);
      this.#running.add(callId);
      return;
    }
    const isRunning = this.#running.has(callId);
    this.#findings.check(
      'I1 nothing is told but between start and end',
      isRunning,
      () => `${type} ${callId}`,
    );
    if (type === 'attempt-start') this.attempts += 1;
    if (type === 'credit-settle') this.#bookedUsd.set(event.attemptId, event.costUsd);
    if (!isTerminal(event)) return;
    this.ended += 1;
    if (type === 'call-end') this.succeeded += 1;
    const ending = type === 'call-error' ? event.error.code : 'success';
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
    this.#running.delete(callId);
  }

  /** What was booked by attempt since the last time; forgets it. */
  takeBooked(): ReadonlyMap<string, number | null> {
    const taken = this.#bookedUsd;
    this.#bookedUsd = new Map();
    return taken;
  }

  /** Checks that as many calls have ended as were made, and none goes on. */
  checkEnded(calls: number): void {
    const told = (): string => `${calls} calls, ${this.started} started, ${this.ended} ended`;
    const isEven = this.started === calls && this.ended === calls && this.#running.size === 0;
    this.#findings.check('I1 as many ends as calls', isEven, told);
  }
}
