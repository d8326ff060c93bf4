import { InvalidRequestError, RouteLLError } from '../errors.js';
import type { CallParts } from './parts.js';

/** How long calls that were aborted may take to end before they are left to themselves. */
const LAST_GRACE_MS = 1000;

/** The error of every call after the client was closed. */
export function closedError(): RouteLLError {
  return new RouteLLError('closed', 'The client is closed. Make a new RouteLLClient for further calls.');
}

/**
 * Refuses new calls, waits for those that run, aborts what still runs after the grace, and saves
 * what the router learned.
 * @throws {InvalidRequestError} for a grace that is no time.
 */
export async function closeCalls(parts: CallParts, graceMs: number): Promise<void> {
  if (typeof graceMs !== 'number' || !(graceMs >= 0)) {
    throw new InvalidRequestError('graceMs', `graceMs must be milliseconds of at least 0, got ${graceMs}.`);
  }
  parts.lifecycle.closed = true;
  for (const onClose of parts.lifecycle.onClose) onClose();
  const { inFlight, clock } = parts;
  await new Promise<void>((resolve) => {
    let stopTimer = clock.startTimer(graceMs, () => {
      stopTimer = clock.startTimer(LAST_GRACE_MS, resolve);
      const text = `The client was closed and the call did not end within ${graceMs} ms.`;
      for (const call of inFlight) call.abort(new RouteLLError('closed', text));
    });
    void Promise.all([...inFlight].map((call) => call.whenEnded())).then(() => {
      stopTimer();
      resolve();
    });
  });
  await finished(parts);
  await Promise.all([
    parts.routerMemory.close(),
    parts.shadowMemory?.close(),
    parts.answerMemory.close(),
    parts.demandMemory.close(),
  ]);
  for (const limiter of parts.limiters.values()) limiter.close();
  parts.cache.close();
}

/** What stores still do for calls that were ended early; no longer than those would have been waited for. */
async function finished({ unfinished, clock }: CallParts): Promise<void> {
  if (unfinished.size === 0) return;
  await new Promise<void>((resolve) => {
    const stopTimer = clock.startTimer(LAST_GRACE_MS, resolve);
    void Promise.all(unfinished).then(() => {
      stopTimer();
      resolve();
    });
  });
}
