import { whenAborted } from './abort-watch.js';

/**
 * What the promise brings, or the reason of the signal as soon as it is aborted. What is then left behind
 * may still fail: nobody hears of it.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    promise.then(resolve, reject).finally(whenAborted(signal, onAbort));
  });
}
