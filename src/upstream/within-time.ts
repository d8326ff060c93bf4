import type { Clock } from '../clock.js';
import { TimeoutError } from '../errors.js';
import { untilAborted } from '../until-aborted.js';
import type { Provider, ProviderCallOptions } from './provider.js';

export interface TimeAllowed {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** Asks a provider for something small, headers and body within the given time. */
export async function withinTime<T>(
  provider: Provider,
  { clock, timeoutMs, signal }: TimeAllowed,
  ask: (options: ProviderCallOptions) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  const stopTimer = clock.startTimer(timeoutMs, () => {
    const text = `${provider.id} did not answer within ${timeoutMs} ms. Check that it is reachable.`;
    controller.abort(new TimeoutError('total', text));
  });
  signal?.addEventListener('abort', abort, { once: true });
  try {
    // A provider, or a fetch, that does not heed its signal is not waited for.
    return await untilAborted(
      ask({ signal: controller.signal, headersTimeoutMs: Infinity }),
      controller.signal,
    );
  } finally {
    stopTimer();
    signal?.removeEventListener('abort', abort);
  }
}
