/** F36 and F37: clocks that jump, and times beyond a timer. */
import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../src/rate-limiter/rate-limiter.js';
import { ModelHealth } from '../../src/upstream/health.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';
import { completionBody } from '../loopback.js';
import { faultScene } from './observe.js';
import { error, http } from './raw-server.js';

/** A clock whose wall shows what it is told to; time itself goes on as it does. */
function jumpingClock(clock: FakeClock): FakeClock & { jumpMs: number } {
  return {
    jumpMs: 0,
    now() {
      return clock.now() + this.jumpMs;
    },
    monotonic: () => clock.monotonic(),
    sleep: (ms, signal) => clock.sleep(ms, signal),
    startTimer: (ms, onElapsed) => clock.startTimer(ms, onElapsed),
    advance: (ms) => clock.advance(ms),
    next: () => clock.next(),
    get pending() {
      return clock.pending;
    },
  };
}

const HOUR_MS = 3_600_000;

describe('F36 the wall clock', { timeout: 30_000 }, () => {
  it.each([HOUR_MS, -HOUR_MS, 86_400_000, -Date.UTC(2026, 9, 15, 12)])(
    'F36 jumps by %i ms: limits, pauses and breakers go by time that only grows',
    async (jumpMs) => {
      const clock = jumpingClock(fakeClock());
      const limiter = new RateLimiter(
        { requestsPerMinute: 2, requestsPerHour: null, burst: null },
        { clock },
      );
      const health = new ModelHealth({ clock });
      for (let failure = 0; failure < 10; failure++) void health.acquire('p', 'm').settle('failure');
      limiter.recordRequest();
      limiter.recordRequest();
      limiter.pause(90_000);
      const [waitMs, healthMs] = [limiter.getWaitTimeMs(), health.waitMs('p', 'm')];
      clock.jumpMs = jumpMs;
      expect(limiter.getWaitTimeMs()).toBe(waitMs);
      expect(health.waitMs('p', 'm')).toBe(healthMs);
      await clock.advance(90_000);
      expect(limiter.canMakeRequest()).toBe(true);
      expect(health.waitMs('p', 'm')).toBe(0);
    },
  );

  it('F36 a gap, as a sleep of the machine, refills no more than the capacity', async () => {
    const clock = fakeClock();
    const limits = { requestsPerMinute: 5, requestsPerHour: null, burst: null };
    const limiter = new RateLimiter(limits, { clock });
    for (let request = 0; request < 5; request++) limiter.recordRequest();
    await clock.advance(8 * HOUR_MS);
    let admitted = 0;
    while (limiter.canMakeRequest() && admitted < 100) {
      limiter.recordRequest();
      admitted += 1;
    }
    expect(admitted).toBeLessThanOrEqual(5);
  });

  it('F36 a call under way is bounded by time that only grows', async () => {
    const clock = jumpingClock(fakeClock());
    const scene = await faultScene(() => undefined, { clock, timeouts: { totalMs: 1_000 } });
    const asked = scene.ask();
    await expect.poll(() => scene.server.received.length, { timeout: 10_000 }).toBe(1);
    clock.jumpMs = 24 * HOUR_MS;
    await clock.advance(999);
    expect(scene.events.some(({ type }) => type === 'call-error')).toBe(false);
    await clock.advance(1);
    expect(await asked).toMatchObject({ error: { code: 'timeout', phase: 'total' } });
  });
});

describe('F37 times beyond a timer', { timeout: 30_000 }, () => {
  it('F37 a limit of years does not fire at once', async () => {
    const yearsMs = 2 ** 40;
    const scene = await faultScene(
      (socket) => void setTimeout(() => socket.end(http(200, completionBody('late'))), 50),
      {
        timeouts: { totalMs: yearsMs, headersMs: yearsMs - 1, firstTokenMs: yearsMs - 1, idleMs: yearsMs },
      },
    );
    expect(await scene.ask({ timeoutMs: yearsMs })).toMatchObject({ success: true });
    await scene.expectInvariants();
  });

  it('F37 a Retry-After of years is no retry at once, though the call has longer', async () => {
    const scene = await faultScene((socket) => socket.end(error(503, 'busy', ['retry-after: 4000000'])), {
      retries: { maxRetries: 3, retryDelayMs: 1 },
      timeouts: { totalMs: 2 ** 50 },
    });
    const controller = new AbortController();
    const asked = scene.ask({ signal: controller.signal });
    await expect.poll(() => scene.server.received.length, { timeout: 10_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(scene.server.received).toHaveLength(1);
    controller.abort();
    expect(await asked).toMatchObject({ error: { code: 'aborted' } });
    await scene.expectInvariants();
  });
});
