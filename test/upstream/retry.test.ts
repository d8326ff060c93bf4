import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { RouteLLError } from '../../src/errors.js';
import { type RetryRun, runWithRetries } from '../../src/upstream/retry.js';

const down = (count: number): RouteLLError =>
  new RouteLLError('upstream', `down ${count}`, { retryable: true });

function run(overrides: Partial<RetryRun> = {}): RetryRun {
  return {
    retries: 3,
    signal: new AbortController().signal,
    beforeRetry: () => Promise.resolve(),
    ...overrides,
  };
}

/** Fails so many times, then gives the count of attempts. */
function failing(times: number): ReturnType<typeof vi.fn<() => Promise<number>>> {
  let count = 0;
  return vi.fn(() => {
    count += 1;
    return count > times ? Promise.resolve(count) : Promise.reject(down(count));
  });
}

describe('runWithRetries', () => {
  it('asks nobody where the first attempt serves', async () => {
    const beforeRetry = vi.fn<RetryRun['beforeRetry']>();
    expect(await runWithRetries(failing(0), run({ beforeRetry }))).toBe(1);
    expect(beforeRetry).not.toHaveBeenCalled();
  });

  it('tells each failure and what is left, and waits for the leave to go on', async () => {
    const seen: [string, number][] = [];
    const beforeRetry = async (error: Error, retriesLeft: number): Promise<void> => {
      await Promise.resolve();
      seen.push([error.message, retriesLeft]);
    };
    expect(await runWithRetries(failing(2), run({ beforeRetry }))).toBe(3);
    expect(seen).toEqual([
      ['down 1', 3],
      ['down 2', 2],
    ]);
  });

  it('makes no more attempts than it may, and rejects with the last error', async () => {
    const attempt = failing(100);
    const left: number[] = [];
    const beforeRetry = (_: Error, retriesLeft: number): Promise<void> => {
      left.push(retriesLeft);
      return Promise.resolve();
    };
    await expect(runWithRetries(attempt, run({ beforeRetry }))).rejects.toThrow('down 4');
    expect(attempt).toHaveBeenCalledTimes(4);
    expect(left).toEqual([3, 2, 1, 0]);
  });

  it('makes one attempt where there are no retries', async () => {
    const attempt = failing(100);
    await expect(runWithRetries(attempt, run({ retries: 0 }))).rejects.toThrow('down 1');
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('ends with the error of who gives up', async () => {
    const attempt = failing(100);
    const enough = new RouteLLError('all-models-failed', 'enough');
    await expect(runWithRetries(attempt, run({ beforeRetry: () => Promise.reject(enough) }))).rejects.toBe(
      enough,
    );
    expect(attempt).toHaveBeenCalledTimes(1);
  });

  it('leaves the judgement of the first failure to beforeRetry, whatever was thrown', async () => {
    const network = vi.fn(() => Promise.reject(new TypeError('fetch failed')));
    await expect(runWithRetries(network, run({ retries: 1 }))).rejects.toThrow('fetch failed');
    expect(network).toHaveBeenCalledTimes(2);
    const mistake = vi.fn(() => Promise.reject(new TypeError('x is not a function')));
    const beforeRetry = (error: Error): Promise<void> => Promise.reject(error);
    await expect(runWithRetries(mistake, run({ beforeRetry }))).rejects.toThrow('x is not a function');
    expect(mistake).toHaveBeenCalledTimes(1);
  });

  it('does not begin on a signal that is aborted', async () => {
    const attempt = failing(0);
    const reason = new RouteLLError('aborted', 'before');
    await expect(runWithRetries(attempt, run({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
    expect(attempt).not.toHaveBeenCalled();
  });

  it('makes no attempt after an abort, whatever was decided before it', async () => {
    const controller = new AbortController();
    const attempt = failing(100);
    const reason = new RouteLLError('aborted', 'between');
    const beforeRetry = (): Promise<void> => {
      controller.abort(reason);
      return Promise.resolve();
    };
    await expect(runWithRetries(attempt, run({ signal: controller.signal, beforeRetry }))).rejects.toBe(
      reason,
    );
    expect(attempt).toHaveBeenCalledTimes(1);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('drops nothing that an attempt has brought, though the abort comes in the same moment', async () => {
    const controller = new AbortController();
    const attempt = (): Promise<string> => {
      controller.abort(new RouteLLError('aborted', 'at the end'));
      return Promise.resolve('leases and all');
    };
    await expect(runWithRetries(attempt, run({ signal: controller.signal }))).resolves.toBe('leases and all');
  });
});
