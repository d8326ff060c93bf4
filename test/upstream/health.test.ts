import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimitExceededError, RouteLLError, TimeoutError, UpstreamError } from '../../src/errors.js';
import { EventBus, type RouteLLEvent } from '../../src/events.js';
import type { Lease } from '../../src/types.js';
import {
  type HealthOptions,
  type HealthOutcome,
  isUpstreamFailure,
  ModelHealth,
} from '../../src/upstream/health.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';

interface Setup {
  readonly clock: FakeClock;
  readonly health: ModelHealth;
  readonly told: RouteLLEvent[];
  readonly acquire: (model?: string) => Lease<HealthOutcome>;
  /** Attempts that end so, one after the other. */
  readonly attempt: (...outcomes: readonly HealthOutcome[]) => void;
  readonly isOpen: () => boolean;
}

function setUp(options: Partial<HealthOptions> = {}): Setup {
  const clock = fakeClock();
  const events = new EventBus();
  const told: RouteLLEvent[] = [];
  events.subscribe((event) => told.push(event));
  const health = new ModelHealth({
    clock,
    events,
    failureThreshold: 3,
    coolDownMs: 1000,
    probeLeaseMs: 5000,
    ...options,
  });
  const acquire = (model = 'm'): Lease<HealthOutcome> => health.acquire('p', model);
  return {
    clock,
    health,
    told,
    acquire,
    attempt: (...outcomes) => {
      for (const outcome of outcomes) void acquire().settle(outcome);
    },
    isOpen: () => health.waitMs('p', 'm') > 0,
  };
}

const types = (told: readonly RouteLLEvent[]): string[] => told.map(({ type }) => type);

function refusal(act: () => unknown): UpstreamError {
  try {
    act();
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('ModelHealth', () => {
  it('lets everything through while nothing has failed', () => {
    const { health, attempt, told } = setUp();
    attempt('success', 'success');
    expect(health.hasFailures).toBe(false);
    expect(health.share('p', 'm')).toBe(1);
    expect(health.waitMs('p', 'm')).toBe(0);
    expect(told).toEqual([]);
  });

  it('opens after so many failures in a row, tells it once, and refuses with the wait', async () => {
    const { clock, attempt, acquire, told, health } = setUp();
    attempt('failure', 'failure');
    expect(health.waitMs('p', 'm')).toBe(0);
    attempt('failure');
    expect(told).toEqual([
      {
        type: 'model-degrade',
        at: clock.now(),
        model: 'm',
        provider: 'p',
        reason: '3 failures in a row',
        retryAfterMs: 1000,
      },
    ]);
    await clock.advance(400);
    expect(health.waitMs('p', 'm')).toBe(600);
    const error = refusal(acquire);
    expect(error).toMatchObject({
      code: 'upstream',
      retryable: true,
      status: null,
      retryAfterMs: 600,
      provider: 'p',
    });
    expect(error.message).toContain('600 ms');
    expect(told).toHaveLength(1);
  });

  it('a success in between begins the count anew', () => {
    const { attempt, isOpen } = setUp();
    attempt('failure', 'failure', 'success', 'failure', 'failure');
    expect(isOpen()).toBe(false);
  });

  it('has a breaker of its own for each provider and model', () => {
    const { health, attempt } = setUp();
    attempt('failure', 'failure', 'failure');
    expect(() => health.acquire('p', 'other')).not.toThrow();
    expect(() => health.acquire('other', 'm')).not.toThrow();
    // Names that run together are told apart.
    for (let count = 0; count < 3; count++) void health.acquire('ab', 'c').settle('failure');
    expect(() => health.acquire('a', 'bc')).not.toThrow();
  });

  it('lets one probe through after the cool-down, and no other', async () => {
    const { clock, attempt, acquire, health } = setUp();
    attempt('failure', 'failure', 'failure');
    await clock.advance(1000);
    expect(health.waitMs('p', 'm')).toBe(0);
    const probe = acquire();
    expect(refusal(acquire).retryAfterMs).toBe(5000);
    await probe.settle('success');
    expect(() => acquire()).not.toThrow();
  });

  it('recovers with the probe, and tells it once', async () => {
    const { clock, attempt, told, health } = setUp();
    attempt('failure', 'failure', 'failure');
    await clock.advance(1000);
    attempt('success', 'success', 'failure', 'failure');
    expect(types(told)).toEqual(['model-degrade', 'model-recover']);
    expect(told[1]).toEqual({ type: 'model-recover', at: clock.now(), model: 'm', provider: 'p' });
    expect(health.waitMs('p', 'm')).toBe(0);
  });

  it('stays open for another cool-down where the probe fails', async () => {
    const { clock, attempt, told, health } = setUp();
    attempt('failure', 'failure', 'failure');
    await clock.advance(1000);
    attempt('failure');
    expect(health.waitMs('p', 'm')).toBe(1000);
    expect(types(told)).toEqual(['model-degrade']);
  });

  it('a probe that is given back unused lets the next one through', async () => {
    const { clock, attempt, acquire } = setUp();
    attempt('failure', 'failure', 'failure');
    await clock.advance(1000);
    await acquire().release();
    expect(() => acquire()).not.toThrow();
  });

  it('a probe that never reports back keeps others out no longer than its lease', async () => {
    const { clock, attempt, acquire, health } = setUp();
    attempt('failure', 'failure', 'failure');
    await clock.advance(1000);
    acquire();
    await clock.advance(4999);
    expect(health.waitMs('p', 'm')).toBe(1);
    await clock.advance(1);
    const second = acquire();
    expect(() => acquire()).toThrow();
    await second.settle('success');
    expect(health.waitMs('p', 'm')).toBe(0);
  });

  it('a probe that is given back after its lease does not open the door behind another', async () => {
    const { clock, attempt, acquire } = setUp();
    attempt('failure', 'failure', 'failure');
    await clock.advance(1000);
    const late = acquire();
    await clock.advance(5000);
    acquire();
    await late.release();
    expect(() => acquire()).toThrow();
  });

  it('takes what happens first to a lease, and nothing after', () => {
    const { acquire, health } = setUp();
    const lease = acquire();
    void lease.release();
    void lease.settle('failure');
    void lease.settle('failure');
    expect(health.hasFailures).toBe(false);
    const failed = acquire();
    for (let count = 0; count < 5; count++) void failed.settle('failure');
    expect(health.waitMs('p', 'm')).toBe(0);
  });

  it('attempts given back without a verdict, as after a mistake of the caller, never open it', () => {
    const { acquire, health } = setUp();
    for (let count = 0; count < 100; count++) void acquire().release();
    expect(health.waitMs('p', 'm')).toBe(0);
    expect(health.share('p', 'm')).toBe(1);
  });

  it('tells the share of recent successes', () => {
    const { health, attempt } = setUp({ failureThreshold: 100 });
    attempt('failure');
    expect(health.share('p', 'm')).toBeCloseTo(0.8);
    attempt('failure');
    expect(health.share('p', 'm')).toBeCloseTo(0.64);
    attempt('success');
    expect(health.share('p', 'm')).toBeCloseTo(0.712);
    expect(health.share('p', 'other')).toBe(1);
  });

  it('works without a bus', () => {
    const health = new ModelHealth({ clock: fakeClock() });
    for (let count = 0; count < 10; count++) void health.acquire('p', 'm').settle('failure');
    expect(health.waitMs('p', 'm')).toBe(15_000);
  });

  it('never has two probes, keeps its shares in range, and is back within cool-down and one probe', async () => {
    const step = fc.oneof(
      fc.constant({ act: 'acquire' } as const),
      fc.record({
        act: fc.constant('end' as const),
        how: fc.constantFrom('success', 'failure', 'release'),
        at: fc.nat(5),
      }),
      fc.record({ act: fc.constant('wait' as const), ms: fc.nat(2500) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, health, acquire, isOpen } = setUp();
        const held: { readonly lease: Lease<HealthOutcome>; readonly probeUntilMs: number }[] = [];
        const begin = (): void => {
          const running = held.filter(({ probeUntilMs }) => probeUntilMs > clock.monotonic());
          const lease = tryTo(acquire);
          if (lease === null) return;
          // A lease that shuts everybody else out is a probe.
          const isProbe = isOpen();
          if (isProbe) expect(running).toHaveLength(0);
          held.push({ lease, probeUntilMs: isProbe ? clock.monotonic() + 5000 : 0 });
        };
        const end = (at: number, how: HealthOutcome | 'release'): void => {
          const [ended] = held.splice(at, 1);
          if (how === 'release') void ended?.lease.release();
          else void ended?.lease.settle(how);
        };
        for (const each of steps) {
          if (each.act === 'wait') await clock.advance(each.ms);
          else if (each.act === 'end') end(each.at, each.how);
          else begin();
          expect(health.share('p', 'm')).toBeGreaterThanOrEqual(0);
          expect(health.share('p', 'm')).toBeLessThanOrEqual(1);
        }
        await clock.advance(6000);
        await acquire().settle('success');
        expect(isOpen()).toBe(false);
      }),
    );
  });
});

function tryTo<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    expect(error).toBeInstanceOf(UpstreamError);
    return null;
  }
}

describe('isUpstreamFailure', () => {
  const data = { status: 500, provider: 'p', requestId: null, retryAfterMs: null };

  it.each<[RouteLLError, boolean]>([
    [new UpstreamError('upstream', 'x', data), true],
    [new UpstreamError('malformed-response', 'x', data), true],
    [new TimeoutError('headers', 'x'), true],
    [new RouteLLError('incomplete-stream', 'x'), true],
    [new UpstreamError('invalid-request', 'x', { ...data, status: 400 }), false],
    [new UpstreamError('authentication', 'x', { ...data, status: 403 }), false],
    [new UpstreamError('credits-exhausted', 'x', { ...data, status: 402 }), false],
    [new RateLimitExceededError('x', { retryAfterMs: 0 }), false],
    [new RouteLLError('aborted', 'x'), false],
    [new RouteLLError('budget', 'x'), false],
    [new RouteLLError('closed', 'x'), false],
  ])('%s: %s', (error, expected) => {
    expect(isUpstreamFailure(error)).toBe(expected);
  });
});

describe('the share of a model that is passed over', () => {
  it('drifts back towards 1, by half each minute', async () => {
    const clock = fakeClock();
    const health = new ModelHealth({ clock });
    void health.acquire('p', 'm').settle('failure');
    void health.acquire('p', 'm').settle('failure');
    expect(health.share('p', 'm')).toBeCloseTo(0.64, 10);
    await clock.advance(60_000);
    expect(health.share('p', 'm')).toBeCloseTo(0.82, 10);
    await clock.advance(600_000);
    expect(health.share('p', 'm')).toBeGreaterThan(0.999);
  });
});
