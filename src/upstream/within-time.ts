import type { Clock } from '../clock.js';
import { TimeoutError } from '../errors.js';
import type { Provider, ProviderCallOptions } from './provider.js';

/** Asks a provider for something small, headers and body within the given time. */
export async function withinTime<T>(
  provider: Provider,
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number },
  ask: (options: ProviderCallOptions) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stopTimer = clock.startTimer(timeoutMs, () => {
    const text = `${provider.id} did not answer within ${timeoutMs} ms. Check that it is reachable.`;
    controller.abort(new TimeoutError('total', text));
  });
  try {
    return await ask({ signal: controller.signal, headersTimeoutMs: Infinity });
  } finally {
    stopTimer();
  }
}
