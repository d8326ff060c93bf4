import fc from 'fast-check';
import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  InvalidRequestError,
  RateLimitExceededError,
  type RouteLLError,
  TimeoutError,
} from '../../src/errors.js';
import { EventBus, type RouteLLEvent } from '../../src/events.js';
import {
  type PermitLease,
  type PermitRequest,
  RateLimiter,
  type RateLimits,
} from '../../src/rate-limiter/rate-limiter.js';
import type { LimitsStore } from '../../src/stores.js';
import { memoryLimitsStore } from '../../src/stores/memory-limits.js';
import { fakeClock } from '../fake-clock.js';

const NO_LIMITS: RateLimits = { requestsPerMinute: null, requestsPerHour: null, burst: null };
const MINUTE_ONLY: RateLimits = { ...NO_LIMITS, requestsPerMinute: 2 };

function setUp(limits: RateLimits = {}, store?: LimitsStore) {
  const clock = fakeClock();
  const events = new EventBus();
  const told: RouteLLEvent[] = [];
  events.subscribe((event) => told.push(event));
  const limiter = new RateLimiter(limits, { clock, events, store });
  /** Asks, and keeps what became of it. */
  const ask = (request?: PermitRequest) => {
    const asked: { lease?: PermitLease; error?: RouteLLError; state: string } = { state: 'waiting' };
    limiter.acquire(request).then(
      (lease) => Object.assign(asked, { lease, state: 'admitted' }),
      (error: unknown) => Object.assign(asked, { error, state: 'rejected' }),
    );
    return asked;
  };
  return { clock, limiter, told, ask };
}

/** The memory store behind a delay, as a shared one would be. */
function slowStore(clock: { sleep(ms: number): Promise<void>; monotonic(): number }, delayMs = 5) {
  const inner = memoryLimitsStore();
  const later = async <T>(act: () => T): Promise<T> => {
    await clock.sleep(delayMs);
    return act();
  };
  const store: LimitsStore = {
    take: (key, windows, amount) => later(() => inner.take(key, windows, amount, clock.monotonic())),
    record: (key, windows, amount) => later(() => inner.record(key, windows, amount, clock.monotonic())),
    refund: (key, windows, amount, takenAtMs) =>
      later(() => inner.refund(key, windows, amount, takenAtMs + delayMs, clock.monotonic())),
    peek: (key, windows, amount) => later(() => inner.peek(key, windows, amount, clock.monotonic())),
  };
  return { inner, store };
}

function setUpSlow(limits: RateLimits, delayMs = 5) {
  const late: { store?: LimitsStore } = {};
  const proxy: LimitsStore = {
    take: (...args) => late.store!.take(...args),
    record: (...args) => late.store!.record(...args),
    refund: (...args) => late.store!.refund(...args),
    peek: (...args) => late.store!.peek(...args),
  };
  const parts = setUp(limits, proxy);
  const { inner, store } = slowStore(parts.clock, delayMs);
  late.store = store;
  return { ...parts, inner };
}

describe("the guide's methods", () => {
  it('work alone, on the clock of the machine', () => {
    const limiter = new RateLimiter();
    expect(limiter.canMakeRequest()).toBe(true);
    for (let sent = 0; sent < 10; sent++) limiter.recordRequest();
    expect(limiter.canMakeRequest()).toBe(false);
    expect(limiter.getWaitTime()).toBeGreaterThan(0);
    expect(limiter.getWaitTime()).toBeLessThanOrEqual(1);
  });

  it('count what was recorded, and answer in seconds and milliseconds', async () => {
    const { clock, limiter } = setUp();
    for (let sent = 0; sent < 10; sent++) limiter.recordRequest();
    expect(limiter.getWaitTimeMs()).toBe(1000);
    expect(limiter.getWaitTime()).toBe(1);
    await clock.advance(1000);
    expect(limiter.canMakeRequest()).toBe(true);
    expect(limiter.getWaitTime()).toBe(0);
  });

  it('tell the usage of every window', async () => {
    const { clock, limiter } = setUp({ tokensPerMinute: 100, maxConcurrent: 3 });
    await limiter.acquire({ tokens: 30 });
    limiter.recordRequest(20.5);
    limiter.pause(5000);
    await clock.advance(1000);
    const usage = limiter.getCurrentUsage();
    expect(usage).toMatchObject({ waiting: 0, inFlight: 1, maxConcurrent: 3, pausedMs: 4000 });
    expect(usage.windows.map(({ name, used, limit, remaining }) => [name, used, limit, remaining])).toEqual([
      ['burst', 1, 10, 9],
      ['minute', 2, 60, 58],
      ['hour', 2, 1000, 998],
      ['tokens-minute', 51, 100, 49],
    ]);
  });

  it('never say that less than nothing remains', () => {
    const { limiter } = setUp(MINUTE_ONLY);
    for (let sent = 0; sent < 5; sent++) limiter.recordRequest();
    expect(limiter.getCurrentUsage().windows[0]).toMatchObject({ used: 5, remaining: 0 });
  });

  it('say no while others wait, a pause lasts or no slot is free', async () => {
    const { clock, limiter, ask } = setUp({ ...NO_LIMITS, maxConcurrent: 1 });
    const first = ask();
    await clock.advance(0);
    expect(limiter.canMakeRequest()).toBe(false);
    expect(limiter.getWaitTimeMs()).toBe(100);
    await first.lease!.settle({});
    expect(limiter.canMakeRequest()).toBe(true);
    limiter.pause(2000);
    expect(limiter.getWaitTimeMs()).toBe(2000);
    limiter.close();
    expect(limiter.canMakeRequest()).toBe(false);
    expect(limiter.getWaitTime()).toBe(Infinity);
  });

  it('foresee the wait behind those who wait', async () => {
    const { clock, limiter, ask } = setUp();
    for (let asked = 0; asked < 14; asked++) ask();
    await clock.advance(0);
    expect(limiter.getCurrentUsage().waiting).toBe(4);
    expect(limiter.getWaitTimeMs()).toBe(5000);
  });
});

describe('bad input', () => {
  it('names the limit that makes no sense', () => {
    expect(() => new RateLimiter({ burst: Number.NaN })).toThrow(ConfigurationError);
  });

  it.each<[string, unknown]>([
    ['tokens', { tokens: Number.NaN }],
    ['tokens', { tokens: -1 }],
    ['tokens', { tokens: Infinity }],
    ['priority', { priority: 10 }],
    ['priority', { priority: -1 }],
    ['priority', { priority: 1.5 }],
    ['maxWaitMs', { maxWaitMs: -1 }],
    ['maxWaitMs', { maxWaitMs: Number.NaN }],
  ])('names %s in %o, and takes nothing', async (field, request) => {
    const { limiter } = setUp();
    await expect(limiter.acquire(request as PermitRequest)).rejects.toMatchObject({ field });
    expect(limiter.getCurrentUsage().windows[1]!.used).toBe(0);
  });

  it('names what recordRequest and pause cannot take', () => {
    const { limiter } = setUp();
    expect(() => limiter.recordRequest(-1)).toThrow(InvalidRequestError);
    expect(() => limiter.pause(Number.NaN)).toThrow(InvalidRequestError);
    expect(() => limiter.pause(Infinity)).toThrow(InvalidRequestError);
  });
});

describe('acquire', () => {
  it('admits a burst at once, then one by one, and tells each that waits once', async () => {
    const { clock, ask, told } = setUp();
    const asked = Array.from({ length: 12 }, (_, index) => ask({ callId: `call-${index}` }));
    await clock.advance(999);
    expect(asked.filter((each) => each.state === 'admitted')).toHaveLength(10);
    await clock.advance(1);
    expect(asked.map((each) => each.state).slice(9)).toEqual(['admitted', 'admitted', 'waiting']);
    await clock.advance(1000);
    expect(asked[11]!.state).toBe('admitted');
    expect(told).toEqual([
      expect.objectContaining({ type: 'limit-wait', callId: 'call-10', waitMs: 1000, window: 'burst' }),
      expect.objectContaining({ type: 'limit-wait', callId: 'call-11', waitMs: 2000, window: 'burst' }),
    ]);
    expect(clock.pending).toBe(0);
  });

  it('touches no timer where it admits at once', async () => {
    const { clock, limiter } = setUp();
    await limiter.acquire({ maxWaitMs: 5000, signal: new AbortController().signal });
    expect(clock.pending).toBe(0);
  });

  it('serves lower priorities first, and in order of arrival within one', async () => {
    const { clock, limiter } = setUp({ ...NO_LIMITS, requestsPerMinute: 1 });
    await limiter.acquire();
    const order: string[] = [];
    for (const [name, priority] of [
      ['a', 5],
      ['b', 9],
      ['c', 5],
      ['d', 0],
      ['e', 0],
    ] as const) {
      void limiter.acquire({ priority }).then(() => order.push(name));
    }
    await clock.advance(5 * 60_000);
    expect(order).toEqual(['d', 'e', 'a', 'c', 'b']);
  });

  it('lets nobody overtake a large request that waits', async () => {
    const { clock, ask } = setUp({ ...NO_LIMITS, tokensPerMinute: 100 });
    ask({ tokens: 60 });
    const large = ask({ tokens: 80 });
    const small = ask({ tokens: 10 });
    await clock.advance(59_999);
    expect([large.state, small.state]).toEqual(['waiting', 'waiting']);
    await clock.advance(1);
    expect([large.state, small.state]).toEqual(['admitted', 'admitted']);
  });

  it('admits what is larger than a limit alone, and never lets it wait for ever', async () => {
    const { clock, ask } = setUp({ ...NO_LIMITS, tokensPerMinute: 100 });
    ask({ tokens: 1 });
    const huge = ask({ tokens: 1e6 });
    const next = ask({ tokens: 1 });
    await clock.advance(60_000);
    expect([huge.state, next.state]).toEqual(['admitted', 'waiting']);
    await clock.advance(60_000);
    expect(next.state).toBe('admitted');
  });

  it('keeps requests in flight within maxConcurrent', async () => {
    const { clock, ask, told } = setUp({ ...NO_LIMITS, maxConcurrent: 2 });
    const asked = [ask(), ask(), ask(), ask()];
    await clock.advance(60_000);
    expect(asked.map((each) => each.state)).toEqual(['admitted', 'admitted', 'waiting', 'waiting']);
    expect(told[0]).toMatchObject({ type: 'limit-wait', waitMs: 0, window: 'concurrency' });
    await asked[0]!.lease!.settle({});
    await asked[0]!.lease!.settle({});
    await asked[0]!.lease!.release();
    await clock.advance(0);
    expect(asked.map((each) => each.state)).toEqual(['admitted', 'admitted', 'admitted', 'waiting']);
    await asked[1]!.lease!.release();
    await clock.advance(0);
    expect(asked[3]!.state).toBe('admitted');
  });

  it('refuses at once a wait that is foreseen to be too long, and tells it', async () => {
    const { clock, limiter, ask, told } = setUp(MINUTE_ONLY);
    ask();
    ask();
    await clock.advance(10_000);
    const error = await limiter.acquire({ maxWaitMs: 49_999, callId: 'late' }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RateLimitExceededError);
    expect(error).toMatchObject({ code: 'rate-limit', retryAfterMs: 50_000, retryable: true });
    expect(told).toEqual([
      expect.objectContaining({
        type: 'limit-deny',
        callId: 'late',
        retryAfterMs: 50_000,
        window: 'minute',
      }),
    ]);
    const patient = ask({ maxWaitMs: 50_000 });
    await clock.advance(50_000);
    expect(patient.state).toBe('admitted');
    expect(clock.pending).toBe(0);
  });

  it('foresees those who wait ahead', async () => {
    const { clock, ask } = setUp();
    for (let asked = 0; asked < 14; asked++) ask();
    const hasty = ask({ maxWaitMs: 4999 });
    const urgent = ask({ maxWaitMs: 4999, priority: 0 });
    await clock.advance(0);
    expect([hasty.state, urgent.state]).toEqual(['rejected', 'waiting']);
    expect(hasty.error).toMatchObject({ retryAfterMs: 5000 });
  });

  it('refuses in time a wait that could not be foreseen', async () => {
    const { clock, ask } = setUp({ ...NO_LIMITS, maxConcurrent: 1 });
    ask();
    const head = ask({ maxWaitMs: 200 });
    const second = ask({ maxWaitMs: 100 });
    const never = ask({ maxWaitMs: 0 });
    await clock.advance(0);
    expect(never.state).toBe('rejected');
    await clock.advance(100);
    expect([head.state, second.state]).toEqual(['waiting', 'rejected']);
    await clock.advance(100);
    expect(head.error).toMatchObject({ code: 'rate-limit', retryAfterMs: 100 });
    expect(clock.pending).toBe(0);
  });

  it('moves on when the head gives up', async () => {
    const { clock, ask } = setUp({ ...NO_LIMITS, tokensPerMinute: 100 });
    const controller = new AbortController();
    ask({ tokens: 60 });
    const large = ask({ tokens: 80, signal: controller.signal });
    const small = ask({ tokens: 10 });
    controller.abort();
    await clock.advance(0);
    expect([large.state, small.state]).toEqual(['rejected', 'admitted']);
  });

  it('ends at once by its signal, counts nothing and leaves no listener', async () => {
    const { clock, limiter, ask } = setUp(MINUTE_ONLY);
    ask();
    ask();
    const controller = new AbortController();
    const asked = Array.from({ length: 100 }, () => ask({ signal: controller.signal, maxWaitMs: 1e9 }));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    await clock.advance(0);
    expect(asked.every((each) => each.error?.code === 'aborted')).toBe(true);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(clock.pending).toBe(0);
    expect(limiter.getCurrentUsage()).toMatchObject({ waiting: 0, inFlight: 2 });
    await clock.advance(60_000);
    expect(limiter.getCurrentUsage().windows[0]!.used).toBe(0);
  });

  it('ends all who wait on one signal before it tries who is left', async () => {
    const { clock, limiter, ask } = setUp({ ...NO_LIMITS, tokensPerMinute: 100 });
    const { signal } = new AbortController();
    const controller = new AbortController();
    ask({ tokens: 60 });
    const gone = [80, 10, 10].map((tokens) => ask({ tokens, signal: controller.signal }));
    const left = ask({ tokens: 20, signal });
    controller.abort();
    await clock.advance(0);
    expect(gone.map((each) => each.error?.code)).toEqual(['aborted', 'aborted', 'aborted']);
    expect(left.state).toBe('admitted');
    expect(limiter.getCurrentUsage()).toMatchObject({ inFlight: 2, waiting: 0, windows: [{ used: 80 }] });
  });

  it('refuses a signal that is aborted already, with its own error where that is ours', async () => {
    const { limiter } = setUp();
    const timeout = new TimeoutError('total', 'too late');
    await expect(limiter.acquire({ signal: AbortSignal.abort(timeout) })).rejects.toBe(timeout);
    await expect(limiter.acquire({ signal: AbortSignal.abort('stop') })).rejects.toMatchObject({
      code: 'aborted',
      cause: 'stop',
    });
    expect(limiter.getCurrentUsage().windows[0]!.used).toBe(0);
  });

  it('leaves no listener on a signal once it admitted or denied', async () => {
    const { clock, ask } = setUp(MINUTE_ONLY);
    const { signal } = new AbortController();
    for (let asked = 0; asked < 4; asked++) ask({ signal });
    ask({ signal, maxWaitMs: 10 });
    await clock.advance(60_000);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('leases', () => {
  const tokensUsed = (limiter: RateLimiter): number =>
    limiter.getCurrentUsage().windows.find((window) => window.unit === 'tokens')!.used;

  it('correct the tokens to what was used, once', async () => {
    const { limiter } = setUp({ tokensPerMinute: 1000 });
    const [more, less, same, unknown] = await Promise.all(
      Array.from({ length: 4 }, () => limiter.acquire({ tokens: 100 })),
    );
    await more!.settle({ tokens: 150.2 });
    await more!.settle({ tokens: 999 });
    await more!.release();
    expect(tokensUsed(limiter)).toBe(451);
    await less!.settle({ tokens: 30 });
    expect(tokensUsed(limiter)).toBe(381);
    await same!.settle({});
    await unknown!.settle({ tokens: Number.NaN });
    expect(tokensUsed(limiter)).toBe(381);
    expect(limiter.getCurrentUsage()).toMatchObject({ inFlight: 0 });
  });

  it('count a request larger than the minute as the minute, whatever it used of it', async () => {
    const { limiter } = setUp({ tokensPerMinute: 1000 });
    const lease = await limiter.acquire({ tokens: 5000 });
    await lease.settle({ tokens: 3000 });
    expect(tokensUsed(limiter)).toBeGreaterThanOrEqual(1000);
  });

  it('give everything back where nothing was sent, and let the next go sooner', async () => {
    const { clock, limiter, ask } = setUp({ ...MINUTE_ONLY, tokensPerMinute: 1000 });
    const [first] = [ask({ tokens: 500 }), ask({ tokens: 500 })];
    const third = ask({ tokens: 500 });
    await clock.advance(1000);
    expect(third.state).toBe('waiting');
    await first.lease!.release();
    await clock.advance(0);
    expect(third.state).toBe('admitted');
    expect(limiter.getCurrentUsage().windows.map((window) => window.used)).toEqual([2, 1000]);
    expect(clock.pending).toBe(0);
  });
});

describe('pause', () => {
  it('admits nothing earlier than told, and a shorter one never shortens a longer', async () => {
    const { clock, limiter, ask, told } = setUp();
    limiter.pause(3000);
    limiter.pause(1000);
    limiter.pause(0);
    const waiting = ask();
    await clock.advance(2999);
    expect(waiting.state).toBe('waiting');
    expect(told[0]).toMatchObject({ type: 'limit-wait', waitMs: 3000, window: 'retry-after' });
    await clock.advance(1);
    expect(waiting.state).toBe('admitted');
  });

  it('holds those who already wait, and refuses at once those who cannot wait so long', async () => {
    const { clock, limiter, ask } = setUp(MINUTE_ONLY);
    ask();
    ask();
    const [patient, hasty] = [ask(), ask({ maxWaitMs: 70_000 })];
    limiter.pause(90_000);
    await clock.advance(0);
    expect(hasty.error).toMatchObject({ code: 'rate-limit', retryAfterMs: 90_000 });
    await clock.advance(89_999);
    expect(patient.state).toBe('waiting');
    await clock.advance(1);
    expect(patient.state).toBe('admitted');
  });

  it('can be longer than a timer', async () => {
    const { clock, limiter, ask } = setUp();
    limiter.pause(1e12);
    const waiting = ask();
    const hasty = ask({ maxWaitMs: 30_000 });
    await clock.advance(1e12 - 1);
    expect([waiting.state, hasty.state]).toEqual(['waiting', 'rejected']);
    await clock.advance(1);
    expect(waiting.state).toBe('admitted');
  });
});

describe('close', () => {
  it('rejects all who wait and all who come', async () => {
    const { clock, limiter, ask } = setUp({ ...NO_LIMITS, maxConcurrent: 1 });
    const first = ask();
    const asked = [ask(), ask({ maxWaitMs: 5000 })];
    limiter.close();
    limiter.close();
    asked.push(ask());
    await clock.advance(0);
    expect(asked.map((each) => each.error?.code)).toEqual(['closed', 'closed', 'closed']);
    await first.lease!.settle({});
    expect(limiter.getCurrentUsage()).toMatchObject({ waiting: 0, inFlight: 0 });
    expect(clock.pending).toBe(0);
  });
});

describe('a listener that asks again', () => {
  it('finds the line in order', async () => {
    const clock = fakeClock();
    const events = new EventBus();
    const limiter = new RateLimiter(MINUTE_ONLY, { clock, events });
    const order: string[] = [];
    const ask = (name: string, request: PermitRequest): void => {
      limiter.acquire({ ...request, callId: name }).then(
        () => order.push(name),
        () => order.push(`no ${name}`),
      );
    };
    events.once('limit-wait', () => ask('urgent', { priority: 0 }));
    events.once('limit-deny', () => ask('after', {}));
    for (const name of ['a', 'b', 'c']) ask(name, {});
    ask('d', { maxWaitMs: 1 });
    await clock.advance(180_000);
    expect(order).toEqual(['a', 'b', 'no d', 'urgent', 'c', 'after']);
    expect(clock.pending).toBe(0);
  });
});

describe('an asynchronous store', () => {
  it('is asked for one waiter at a time, in order', async () => {
    const { clock, limiter, ask, told } = setUpSlow(MINUTE_ONLY);
    const asked = [ask(), ask(), ask()];
    await clock.advance(10);
    expect(asked.map((each) => each.state)).toEqual(['admitted', 'admitted', 'waiting']);
    await clock.advance(5);
    expect(told).toContainEqual(expect.objectContaining({ type: 'limit-wait', window: 'minute' }));
    await clock.advance(60_005);
    expect(asked[2]!.state).toBe('admitted');
    expect(limiter.getCurrentUsage()).toMatchObject({ waiting: 0, inFlight: 3 });
  });

  it('answers the methods without promises from what it said last', async () => {
    const { clock, limiter, ask } = setUpSlow(MINUTE_ONLY);
    expect(limiter.canMakeRequest()).toBe(true);
    limiter.recordRequest();
    await clock.advance(10);
    ask();
    await clock.advance(10);
    expect(limiter.getCurrentUsage().windows[0]!.used).toBe(2);
    limiter.getWaitTimeMs();
    await clock.advance(5);
    expect(limiter.canMakeRequest()).toBe(false);
    await clock.advance(59_000);
    expect(limiter.getWaitTimeMs()).toBeLessThanOrEqual(1000);
    await clock.advance(1000);
    expect(limiter.canMakeRequest()).toBe(true);
  });

  it('does not take the wait of a large request for that of a small one', async () => {
    const { clock, limiter, ask } = setUpSlow({ ...NO_LIMITS, tokensPerMinute: 100 });
    ask({ tokens: 60 });
    const large = ask({ tokens: 80, maxWaitMs: 100 });
    await clock.advance(10);
    expect(large.error).toMatchObject({ retryAfterMs: 59_995 });
    expect(limiter.getWaitTimeMs()).toBe(0);
  });

  it('gets back what it granted to one who has gone', async () => {
    const { clock, inner, ask, limiter } = setUpSlow(MINUTE_ONLY);
    const controller = new AbortController();
    const gone = ask({ signal: controller.signal });
    const next = ask();
    controller.abort();
    await clock.advance(0);
    expect(gone.error?.code).toBe('aborted');
    await clock.advance(20);
    expect(next.state).toBe('admitted');
    const closing = ask();
    limiter.close();
    await clock.advance(20);
    expect(closing.error?.code).toBe('closed');
    const { windows } = inner.peek(
      'default',
      [{ name: 'minute', unit: 'requests', kind: 'sliding', limit: 2, windowMs: 60_000 }],
      { requests: 1, tokens: 0 },
      clock.monotonic(),
    );
    expect(windows[0]!.used).toBe(1);
  });

  it('admits nothing that it granted while a pause began', async () => {
    const { clock, limiter, ask } = setUpSlow(MINUTE_ONLY);
    const waiting = ask();
    limiter.pause(1000);
    await clock.advance(999);
    expect(waiting.state).toBe('waiting');
    await clock.advance(10);
    expect(waiting.state).toBe('admitted');
  });

  it('is asked again where a slot or an amount came free meanwhile', async () => {
    const { clock, ask } = setUpSlow(MINUTE_ONLY);
    const [first] = [ask(), ask()];
    await clock.advance(10);
    const third = ask();
    await clock.advance(1);
    void first.lease!.release();
    await clock.advance(20);
    expect(third.state).toBe('admitted');
  });

  it('is asked for a more urgent newcomer first', async () => {
    const { clock, ask } = setUpSlow({ ...NO_LIMITS, requestsPerMinute: 1 });
    ask();
    await clock.advance(5);
    const usual = ask();
    const urgent = ask({ priority: 0 });
    await clock.advance(60_020);
    expect([usual.state, urgent.state]).toEqual(['waiting', 'admitted']);
  });

  it('has a little time to answer for one whose time is over, and no more', async () => {
    const { clock, ask } = setUpSlow(MINUTE_ONLY, 20);
    const now = ask({ maxWaitMs: 0 });
    await clock.advance(20);
    expect(now.state).toBe('admitted');
    const stuck = setUpSlow(MINUTE_ONLY, 1e9);
    const denied = stuck.ask({ maxWaitMs: 100 });
    await stuck.clock.advance(149);
    expect(denied.state).toBe('waiting');
    await stuck.clock.advance(1);
    expect(denied.error?.code).toBe('rate-limit');
  });

  it('that fails refuses each waiter, never admits unlimited, and harms nothing else', async () => {
    const failing: LimitsStore = {
      take: () => Promise.reject(new Error('gone')),
      record: () => Promise.reject(new Error('gone')),
      refund: () => Promise.reject(new Error('gone')),
      peek: () => Promise.reject(new Error('gone')),
    };
    const { clock, limiter, ask } = setUp({}, failing);
    const asked = [ask(), ask()];
    limiter.recordRequest();
    expect(limiter.getCurrentUsage().windows).toHaveLength(3);
    await clock.advance(0);
    expect(asked.map((each) => each.error?.code)).toEqual(['rate-limit', 'rate-limit']);
    expect((asked[0]!.error!.cause as Error).message).toBe('gone');
    expect(limiter.getCurrentUsage()).toMatchObject({ waiting: 0, inFlight: 0 });
  });

  it('that throws is no different', async () => {
    const thrown = (): never => {
      throw new Error('gone');
    };
    const { clock, limiter, ask } = setUp({}, { take: thrown, record: thrown, refund: thrown, peek: thrown });
    const asked = ask();
    await clock.advance(0);
    expect(asked.error?.code).toBe('rate-limit');
    expect(limiter.canMakeRequest()).toBe(true);
  });
});

describe('under random traffic', () => {
  const LIMITS: RateLimits = {
    requestsPerMinute: 12,
    requestsPerHour: 40,
    burst: 3,
    tokensPerMinute: 1000,
    maxConcurrent: 4,
  };
  const step = fc.record({
    afterMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 9000, noNaN: true })),
    tokens: fc.integer({ min: 0, max: 1300 }),
    priority: fc.integer({ min: 3, max: 6 }),
    maxWaitMs: fc.option(fc.integer({ min: 0, max: 60_000 })),
    /** Ends this long after it was asked or admitted: aborted, released or settled. */
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 20_000 })),
    heldMs: fc.integer({ min: 0, max: 9000 }),
    isReleased: fc.boolean(),
    pauseMs: fc.option(fc.integer({ min: 1, max: 30_000 }), { freq: 10 }),
  });

  interface Sent {
    readonly atMs: number;
    readonly tokens: number;
  }

  const mostWithin = (sent: readonly Sent[], windowMs: number, of: (each: Sent) => number): number =>
    Math.max(
      0,
      ...sent.map((from) =>
        sent
          .filter((each) => each.atMs >= from.atMs && each.atMs < from.atMs + windowMs)
          .reduce((sum, each) => sum + of(each), 0),
      ),
    );

  for (const kind of ['memory', 'slow'] as const) {
    it(`keeps every window, settles every waiter and gives back all (${kind} store)`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const { clock, limiter, told } = kind === 'memory' ? setUp(LIMITS) : setUpSlow(LIMITS, 3);
          const sent: Sent[] = [];
          const order = new Map<number, number[]>();
          let settled = 0;
          let inFlight = 0;
          let mostInFlight = 0;
          let pausedUntilMs = 0;
          let earlierThanTold = 0;

          const one = async (index: number, each: (typeof steps)[number]): Promise<void> => {
            const controller = new AbortController();
            if (each.abortAfterMs !== null) {
              void clock.sleep(each.abortAfterMs).then(() => controller.abort());
            }
            try {
              const lease = await limiter.acquire({
                tokens: each.tokens,
                priority: each.priority,
                signal: controller.signal,
                ...(each.maxWaitMs === null ? {} : { maxWaitMs: each.maxWaitMs }),
              });
              const atMs = clock.monotonic();
              if (atMs < pausedUntilMs) earlierThanTold += 1;
              order.set(each.priority, [...(order.get(each.priority) ?? []), index]);
              mostInFlight = Math.max(mostInFlight, ++inFlight);
              if (!each.isReleased) sent.push({ atMs, tokens: Math.min(each.tokens, 1000) });
              await clock.sleep(each.isReleased ? 0 : each.heldMs);
              inFlight -= 1;
              await (each.isReleased ? lease.release() : lease.settle({}));
            } catch (error) {
              expect(['rate-limit', 'aborted']).toContain((error as RouteLLError).code);
            }
            settled += 1;
          };

          for (const [index, each] of steps.entries()) {
            await clock.advance(each.afterMs);
            if (each.pauseMs !== null) {
              limiter.pause(each.pauseMs);
              pausedUntilMs = Math.max(pausedUntilMs, clock.monotonic() + each.pauseMs);
            }
            void one(index, each);
          }
          await clock.advance(3 * 3_600_000);

          expect(settled).toBe(steps.length);
          expect(earlierThanTold).toBe(0);
          expect(mostInFlight).toBeLessThanOrEqual(4);
          const slackMs = kind === 'memory' ? 0 : 3;
          expect(mostWithin(sent, 60_000 - slackMs, () => 1)).toBeLessThanOrEqual(12);
          expect(mostWithin(sent, 3_600_000 - slackMs, () => 1)).toBeLessThanOrEqual(40);
          expect(mostWithin(sent, 60_000 - slackMs, ({ tokens }) => tokens)).toBeLessThanOrEqual(1000);
          expect(mostWithin(sent, 4000 - slackMs, () => 1)).toBeLessThanOrEqual(3);
          for (const indexes of order.values()) expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
          for (const { type } of told) expect(['limit-wait', 'limit-deny']).toContain(type);

          limiter.getCurrentUsage();
          await clock.advance(10);
          const { windows, ...rest } = limiter.getCurrentUsage();
          expect(rest).toMatchObject({ waiting: 0, inFlight: 0, pausedMs: 0 });
          expect(windows.every((window) => window.used === 0)).toBe(true);
          await clock.advance(10);
          expect(clock.pending).toBe(0);
        }),
        { numRuns: 40 },
      );
    });
  }

  it('counts what is reserved as consumed or refunded, and nothing else', async () => {
    const outcome = fc.record({
      tokens: fc.integer({ min: 0, max: 60 }),
      used: fc.option(fc.integer({ min: 0, max: 120 })),
      isReleased: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 20 }), async (outcomes) => {
        const { clock, limiter } = setUp({ ...NO_LIMITS, requestsPerMinute: 100, tokensPerMinute: 5000 });
        const leases = await Promise.all(outcomes.map(({ tokens }) => limiter.acquire({ tokens })));
        await clock.advance(500);
        let requests = 0;
        let tokens = 0;
        for (const [index, each] of outcomes.entries()) {
          if (each.isReleased) {
            await leases[index]!.release();
            continue;
          }
          await leases[index]!.settle(each.used === null ? {} : { tokens: each.used });
          requests += 1;
          tokens += each.used ?? each.tokens;
        }
        const { windows } = limiter.getCurrentUsage();
        expect(windows.map((window) => window.used)).toEqual([requests, tokens]);
      }),
    );
  });
});
