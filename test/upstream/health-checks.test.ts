import { describe, expect, it } from 'vitest';
import { RouteLLError } from '../../src/errors.js';
import { EventBus, type EventOf } from '../../src/events.js';
import { HealthChecks } from '../../src/upstream/health-checks.js';
import type { Provider } from '../../src/upstream/provider.js';
import { fakeClock } from '../fake-clock.js';
import { fakeProvider, hanging, listedModel } from './fake-provider.js';

const well = (id: string): Provider => ({
  ...fakeProvider({
    models: () => Promise.resolve([listedModel('m')]),
    account: () => Promise.resolve(null),
  }),
  id,
});
const ill = (id: string): Provider => ({
  ...fakeProvider({
    models: () => Promise.reject(new RouteLLError('upstream', 'down', { retryable: true })),
  }),
  id,
});

function setUp(providers: readonly Provider[], intervalMs: number | null = null) {
  const clock = fakeClock();
  const events = new EventBus();
  const told: EventOf<'health-check'>[] = [];
  events.on('health-check', (event) => told.push(event));
  const lifetime = new AbortController();
  const time = { clock, timeoutMs: 1000, signal: lifetime.signal };
  const checks = new HealthChecks(providers, { time, events, intervalMs });
  checks.start();
  return { clock, told, lifetime, checks };
}

describe('HealthChecks', () => {
  it('are well where any provider is, with its figures, and tell of each', async () => {
    const { checks, told } = setUp([ill('first'), well('second')]);
    const check = await checks.check();
    expect(check).toMatchObject({ success: true, models: 1 });
    expect(check).not.toHaveProperty('provider');
    expect(check.providers.map(({ provider, success }) => [provider, success])).toEqual([
      ['first', false],
      ['second', true],
    ]);
    expect(told.map(({ provider, success, error }) => [provider, success, error?.code])).toEqual([
      ['first', false, 'upstream'],
      ['second', true, undefined],
    ]);
  });

  it('fail with the first error where no provider is well', async () => {
    const { checks } = setUp([ill('first'), ill('second')]);
    expect(await checks.check()).toMatchObject({ success: false, models: 0, error: { code: 'upstream' } });
  });

  it('are made by themselves only at an interval', async () => {
    const never = setUp([well('p')]);
    await never.clock.advance(3_600_000);
    expect(never.told).toEqual([]);
    const { clock, told, checks } = setUp([well('p')], 60_000);
    await clock.advance(59_999);
    expect(told).toEqual([]);
    await clock.advance(1);
    await clock.advance(60_000);
    expect(told.map(({ at }) => at - told[0]!.at)).toEqual([0, 60_000]);
    checks.stop();
    await clock.advance(600_000);
    expect(told).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('end with the client: nothing is told any more, and no timer is left', async () => {
    const hung = { ...fakeProvider({ models: hanging }), id: 'p' };
    const { clock, told, checks, lifetime } = setUp([hung], 1000);
    await clock.advance(1000);
    lifetime.abort(new RouteLLError('closed', 'The client is closed.'));
    checks.stop();
    await clock.advance(0);
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(await checks.check()).toMatchObject({ success: false, error: { code: 'closed' } });
  });
});
