import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../src/clock.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const YEAR_MS = 365 * 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const state = (promise: Promise<unknown>): { settled: boolean } => {
  const seen = { settled: false };
  void promise.then(
    () => (seen.settled = true),
    () => (seen.settled = true),
  );
  return seen;
};

describe('systemClock', () => {
  it('tells wall time and monotonic time apart', () => {
    vi.setSystemTime(1_790_000_000_000);
    const before = systemClock.monotonic();
    expect(systemClock.now()).toBe(1_790_000_000_000);
    vi.setSystemTime(1_780_000_000_000);
    expect(systemClock.now()).toBe(1_780_000_000_000);
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });

  it('sleeps for the time asked for', async () => {
    const sleep = systemClock.sleep(1000);
    const seen = state(sleep);
    await vi.advanceTimersByTimeAsync(999);
    expect(seen.settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.settled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([0, -5])('a sleep of %d ms ends in the next turn', async (ms) => {
    const sleep = systemClock.sleep(ms);
    await vi.advanceTimersByTimeAsync(1);
    await expect(sleep).resolves.toBeUndefined();
  });

  it('sleeps longer than a bare timer can', async () => {
    const seen = state(systemClock.sleep(YEAR_MS));
    await vi.advanceTimersByTimeAsync(LONGEST_TIMER_MS);
    await vi.advanceTimersByTimeAsync(YEAR_MS - LONGEST_TIMER_MS - 1);
    expect(seen.settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.settled).toBe(true);
  });

  it('rejects with the reason of the signal, and leaves neither timer nor listener', async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(YEAR_MS, controller.signal);
    const caught = sleep.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(LONGEST_TIMER_MS + 5);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await caught).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('takes an abort whose reason is no error as an AbortError', async () => {
    const signal = AbortSignal.abort('no error');
    await expect(systemClock.sleep(10, signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('rejects at once on a signal that is aborted already', async () => {
    const reason = new Error('too late');
    await expect(systemClock.sleep(10, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no listener on a signal that outlives the sleep', async () => {
    const { signal } = new AbortController();
    const sleeps = Array.from({ length: 8 }, () => systemClock.sleep(5, signal));
    await vi.advanceTimersByTimeAsync(5);
    await Promise.all(sleeps);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('calls a timer back once, and not when it was stopped', async () => {
    const elapsed = vi.fn();
    const stopped = vi.fn();
    systemClock.startTimer(10, elapsed);
    const stop = systemClock.startTimer(10, stopped);
    stop();
    stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(elapsed).toHaveBeenCalledTimes(1);
    expect(stopped).not.toHaveBeenCalled();
  });

  it('stops a timer that has outlived its first bare timer', async () => {
    const elapsed = vi.fn();
    const stop = systemClock.startTimer(YEAR_MS, elapsed);
    await vi.advanceTimersByTimeAsync(LONGEST_TIMER_MS + 5);
    stop();
    await vi.advanceTimersByTimeAsync(YEAR_MS);
    expect(elapsed).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('an infinite timer costs none', () => {
    const stop = systemClock.startTimer(Infinity, () => undefined);
    expect(vi.getTimerCount()).toBe(0);
    stop();
  });
});
