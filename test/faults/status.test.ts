/** F12–F17 and F50: what the upstream answers with, and what is then tried again, where and when. */
import { describe, expect, it } from 'vitest';
import { RateLimitExceededError, RouteLLClient, type RouteLLEvent } from 'routell';
import { UpstreamError } from '../../src/errors.js';
import { EventBus } from '../../src/events.js';
import { ModelHealth } from '../../src/upstream/health.js';
import { fakeClock } from '../fake-clock.js';
import { completionBody } from '../loopback.js';
import { CANARY_KEY, faultScene } from './observe.js';
import { error, http, type RawAnswer, serveRaw } from './raw-server.js';

const fine: RawAnswer = (socket) => socket.end(http(200, completionBody('fine')));
const fails =
  (status: number, code: string, headers: readonly string[] = []): RawAnswer =>
  (socket) =>
    socket.end(error(status, code, headers));
/** Fails the first request, serves the rest. */
const onceThenFine =
  (failing: RawAnswer): RawAnswer =>
  (socket, request) =>
    (request.count === 1 ? failing : fine)(socket, request);

const retries = { maxRetries: 2, retryDelayMs: 1 };

describe('the caller’s own', { timeout: 30_000 }, () => {
  it.each([400, 404, 409, 410, 413, 415, 422, 451])(
    'F12 %i is not tried again, and opens no breaker',
    async (status) => {
      const scene = await faultScene(fails(status, 'bad'), { retries });
      for (let call = 0; call < 12; call++) {
        expect(await scene.ask()).toMatchObject({
          error: { code: 'invalid-request', status, retryable: false },
        });
      }
      expect(scene.server.received).toHaveLength(12);
      expect(scene.events.some(({ type }) => type === 'model-degrade')).toBe(false);
      expect((await scene.rows()).every(({ billed }) => billed === 'no')).toBe(true);
      await scene.expectInvariants();
    },
  );

  it.each([401, 403])('F13 %i: the next key once, then the end; the event names no key', async (status) => {
    const server = await serveRaw(fails(status, 'invalid_api_key'));
    const keys = [CANARY_KEY, 'sk-canary-of-the-second', 'sk-canary-of-the-third'];
    const client = new RouteLLClient({
      apiKey: keys,
      baseURL: server.baseURL,
      retries,
      monitoring: { logLevel: 'silent' },
    });
    const events: RouteLLEvent[] = [];
    client.events.subscribe((event) => events.push(event));
    const result = await client.chatCompletion([{ role: 'user', content: 'x' }], { model: 'test-model' });
    expect(result).toMatchObject({ success: false, error: { code: 'authentication' } });
    expect(server.received).toHaveLength(keys.length);
    expect(
      events.filter(({ type }) => type === 'key-reject').map((event) => 'key' in event && event.key),
    ).toEqual([1, 2, 3]);
    expect(JSON.stringify(events)).not.toContain('sk-canary');
    await client.close();
  });

  it.each([
    [402, 'insufficient_credits'],
    [429, 'insufficient_quota'],
    [429, 'organization_spend_limit_exceeded'],
    [429, 'billing_hard_limit_reached'],
    [403, 'insufficient_quota'],
  ])('F14 %i %s is no rate limit: never tried again on that account', async (status, code) => {
    const scene = await faultScene(fails(status, code, ['retry-after: 0']), { retries });
    expect(await scene.ask()).toMatchObject({ error: { code: 'credits-exhausted', retryable: false } });
    expect(scene.server.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it('F15 408 is tried again, 425 too, 409 is not', async () => {
    for (const [status, attempts] of [
      [408, 2],
      [425, 2],
      [409, 1],
    ] as const) {
      const scene = await faultScene(onceThenFine(fails(status, 'busy')), { retries });
      const result = await scene.ask();
      expect(result.success).toBe(attempts === 2);
      expect(scene.server.received).toHaveLength(attempts);
      await scene.expectInvariants();
    }
  });
});

/** What is told, and the least time in milliseconds before the next attempt; `null` where nothing is said. */
const SPELLINGS: readonly (readonly [readonly string[], number | null])[] = [
  [['retry-after: 2'], 2000],
  [['retry-after: 0.3'], 300],
  [['retry-after: 0'], 0],
  [['retry-after: -5'], null],
  [['retry-after: abc'], null],
  [['retry-after:'], null],
  [['retry-after: 1e9'], 1e12],
  [['retry-after: 3', 'retry-after: 1'], 3000],
  [['retry-after: 1', 'retry-after: 3'], 3000],
  [['retry-after-ms: 250'], 250],
  [['retry-after-ms: 250', 'retry-after: 9'], 250],
  [['date: Thu, 15 Oct 2026 12:00:00 GMT', 'retry-after: Thu, 15 Oct 2026 12:00:05 GMT'], 5000],
  [['date: Thu, 15 Oct 2026 12:00:00 GMT', 'retry-after: Thu, 15 Oct 2026 11:00:00 GMT'], 0],
  [['date: Thu, 15 Oct 2020 12:00:00 GMT', 'retry-after: Thu, 15 Oct 2020 12:00:07 GMT'], 7000],
  [['x-ratelimit-remaining-requests: 0', 'x-ratelimit-reset-requests: 6m0s'], 360_000],
  [['x-ratelimit-remaining-requests: 0', 'x-ratelimit-reset-requests: 1s'], 1000],
  [['x-ratelimit-remaining-requests: 0', 'x-ratelimit-reset-requests: 20ms'], 20],
  [['x-ratelimit-remaining-tokens: 0', 'x-ratelimit-reset-tokens: 1d'], 86_400_000],
  [['x-ratelimit-remaining: 0', 'x-ratelimit-reset: 30'], 30_000],
  [['x-ratelimit-remaining-requests: 12', 'x-ratelimit-reset-requests: 6m0s'], null],
];

describe('429', () => {
  it.each(SPELLINGS)('F16 %j: never earlier than told', async (headers, waitMs) => {
    const scene = await faultScene(onceThenFine(fails(429, 'slow_down', headers)), {
      retries: { maxRetries: 1, retryDelayMs: 1 },
      timeouts: { totalMs: 1_000 },
    });
    const result = await scene.ask();
    if ((waitMs ?? 0) < 900) {
      expect(result.success).toBe(true);
      const [first, second] = scene.server.received;
      expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual((waitMs ?? 0) - 1);
    } else {
      // Beyond the time of the call: it fails now, and says how long.
      expect(result.tookMs).toBeLessThan(2_500);
      expect(scene.server.received).toHaveLength(1);
      if (result.success) throw new Error('it was answered');
      expect(result.error).toBeInstanceOf(RateLimitExceededError);
      expect(result.error).toHaveProperty('retryAfterMs', waitMs);
      // I2: the limiter has learned; who comes next is not sent earlier either.
      expect(scene.client.rateLimiter.getCurrentUsage().pausedMs).toBeGreaterThan(
        Math.min(waitMs ?? 0, 86_400_000) - 2_000,
      );
    }
    await scene.expectInvariants();
  });

  it('F16 x-should-retry: false is obeyed', async () => {
    const scene = await faultScene(onceThenFine(fails(429, 'slow_down', ['x-should-retry: false'])), {
      retries,
    });
    expect(await scene.ask()).toMatchObject({
      success: false,
      error: { code: 'rate-limit', retryable: false },
    });
    expect(scene.server.received).toHaveLength(1);
  });

  it('F16 models of one shared limit cool down together; another account is asked at once', async () => {
    const other = await serveRaw(fine);
    const limited = await serveRaw(fails(429, 'slow_down', ['retry-after: 60']));
    const at = (id: string, baseURL: string, group: string): object => ({
      id,
      baseURL,
      group,
      apiKey: CANARY_KEY,
    });
    const scene = await faultScene(fine, {
      providers: [
        at('first', limited.baseURL, 'shared'),
        at('second', limited.baseURL, 'shared'),
        at('third', other.baseURL, 'alone'),
      ] as never,
      models: {
        one: { provider: 'first', prices: { input: 1, output: 2 }, maxOutput: 10 },
        two: { provider: 'second', prices: { input: 1, output: 2 }, maxOutput: 10 },
        three: { provider: 'third', prices: { input: 1, output: 2 }, maxOutput: 10 },
      },
    });
    const result = await scene.ask({ model: 'one', fallbacks: ['two', 'three'] });
    expect(result).toMatchObject({ success: true, provider: 'third' });
    expect(limited.received).toHaveLength(1);
    // The next call knows: nothing of the group is asked.
    expect(await scene.ask({ model: 'two', timeoutMs: 300 })).toMatchObject({
      error: { code: 'rate-limit' },
    });
    expect(limited.received).toHaveLength(1);
    await scene.expectInvariants();
  });

  it('F16 a new cool-down never shortens a longer one', async () => {
    const waits = ['60', '0.05'];
    const scene = await faultScene((socket, { count }) => {
      socket.end(error(429, 'slow_down', [`retry-after: ${waits[count - 1] ?? '0'}`]));
    });
    // Both are on their way before either has its answer.
    await Promise.all([scene.ask(), scene.ask()]);
    expect(scene.server.received).toHaveLength(2);
    expect(scene.client.rateLimiter.getCurrentUsage().pausedMs).toBeGreaterThan(58_000);
  });
});

describe('failures of the upstream', () => {
  it.each([500, 502, 503, 504, 520, 524, 529])('F17 %i is tried again', async (status) => {
    const scene = await faultScene(onceThenFine(fails(status, 'down')), { retries });
    expect(await scene.ask()).toMatchObject({ success: true });
    expect(scene.server.received).toHaveLength(2);
    await scene.expectInvariants();
  });

  it.each([1, 64])(
    'F17 a total outage is not amplified, %i at a time',
    { timeout: 30_000 },
    async (width) => {
      const scene = await faultScene(fails(503, 'down'), { retries: { maxRetries: 3, retryDelayMs: 1 } });
      const calls = 192;
      for (let begun = 0; begun < calls; begun += width) {
        await Promise.all(Array.from({ length: width }, () => scene.ask({ fallbacks: ['other-model'] })));
      }
      // I4: at most ten attempts beyond one for each call, fallbacks included.
      expect(scene.server.received.length).toBeLessThanOrEqual(calls + 10);
      await scene.expectInvariants();
    },
  );
});

describe('a model that goes up and down', () => {
  function told(): { events: EventBus; changes: string[] } {
    const events = new EventBus();
    const changes: string[] = [];
    events.subscribe(({ type }) => changes.push(type));
    return { events, changes };
  }

  it('F50 every second, for ten minutes: the breaker changes a bounded number of times, and is back at the end', async () => {
    const clock = fakeClock();
    const { events, changes } = told();
    const health = new ModelHealth({ clock, events });
    let [attempts, probes] = [0, 0];
    for (let ms = 0; ms < 600_000; ms += 50) {
      const isUp = Math.floor(ms / 1000) % 2 === 0;
      try {
        const lease = health.acquire('p', 'm');
        attempts += 1;
        if (changes.at(-1) === 'model-degrade') probes += 1;
        void lease.settle(isUp ? 'success' : 'failure');
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(UpstreamError);
      }
      await clock.advance(50);
    }
    // One opening per cool-down of 15 s at most, and one recovery for each.
    expect(changes.length).toBeLessThanOrEqual(2 * (600 / 15));
    expect(probes).toBeLessThanOrEqual(600 / 15 + 1);
    expect(attempts).toBeGreaterThan(100);
    await clock.advance(15_000);
    void health.acquire('p', 'm').settle('success');
    expect(health.waitMs('p', 'm')).toBe(0);
  });

  it('F50 a probe that never reports back holds its lease for a time, and no longer', async () => {
    const clock = fakeClock();
    const health = new ModelHealth({ clock });
    for (let failure = 0; failure < 10; failure++) void health.acquire('p', 'm').settle('failure');
    await clock.advance(15_000);
    const lost = health.acquire('p', 'm');
    expect(() => health.acquire('p', 'm')).toThrow(UpstreamError);
    await clock.advance(60_000);
    const second = health.acquire('p', 'm');
    // The late one does not end the lease of the second.
    void lost.release();
    expect(() => health.acquire('p', 'm')).toThrow(UpstreamError);
    void second.settle('success');
    expect(health.waitMs('p', 'm')).toBe(0);
  });

  it('F50 an upstream that asks for longer than the cool-down is left alone for that long', async () => {
    const clock = fakeClock();
    const { events, changes } = told();
    const health = new ModelHealth({ clock, events });
    const leases = Array.from({ length: 12 }, () => health.acquire('p', 'm'));
    for (const lease of leases.slice(0, 10)) void lease.settle({ retryAfterMs: 120_000 });
    expect(health.waitMs('p', 'm')).toBe(120_000);
    // What was under way and fails later shortens nothing.
    for (const lease of leases.slice(10)) void lease.settle('failure');
    expect(health.waitMs('p', 'm')).toBe(120_000);
    expect(changes).toEqual(['model-degrade']);
  });

  it('F50 the caller’s calls know of it: Retry-After of a 503 that opens the breaker outlasts its own time', async () => {
    const scene = await faultScene(fails(503, 'maintenance', ['retry-after: 300']));
    for (let call = 0; call < 10; call++) await scene.ask();
    const refused = await scene.ask();
    expect(scene.server.received).toHaveLength(10);
    if (refused.success) throw new Error('it was answered');
    expect((refused.error as { readonly retryAfterMs?: number }).retryAfterMs).toBeGreaterThan(290_000);
    await scene.expectInvariants();
  });
});
