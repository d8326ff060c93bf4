import { RouteLLError } from '../errors.js';
import type { CallParts } from './parts.js';

/** Refuses new calls, waits for those that run, and aborts what still runs after the grace. */
export async function closeCalls(parts: CallParts, graceMs: number): Promise<void> {
  parts.lifecycle.closed = true;
  const stopTimer = parts.clock.startTimer(graceMs, () => {
    for (const call of parts.inFlight) {
      call.abort(
        new RouteLLError('closed', `The client was closed and the call did not end within ${graceMs} ms.`),
      );
    }
  });
  await Promise.all([...parts.inFlight].map((call) => call.whenEnded()));
  stopTimer();
  parts.limiter.close();
}
