import { describe, expect, it, vi } from 'vitest';
import { ConfigurationError, InvalidRequestError } from '../../src/errors.js';
import { EventBus, type Alert, type EventOf, type EventSource } from '../../src/events.js';
import type { CreditStatus, Logger } from '../../src/types.js';
import type { AlertTypeName } from '../../src/usage-monitor/alert-handlers.js';
import { CallTracker, OPEN_CALL_LIMIT, TAGS_PER_CALL } from '../../src/usage-monitor/call-tracker.js';
import type { UsageMonitorOptions } from '../../src/usage-monitor/monitor-options.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/usage-monitor/rollups.js';
import { UsageMonitor } from '../../src/usage-monitor/usage-monitor.js';
import { fakeClock, type FakeClock } from '../fake-clock.js';
import { tellCall, tellFailure } from './samples.js';

interface Setup {
  readonly bus: EventBus;
  readonly clock: FakeClock;
  readonly monitor: UsageMonitor;
}

const started = (options: UsageMonitorOptions = {}, startAt?: number): Setup => {
  const bus = new EventBus();
  const clock = fakeClock(startAt);
  const monitor = new UsageMonitor({ events: bus, clock, ...options });
  monitor.startMonitoring();
  return { bus, clock, monitor };
};

const spyLogger = () => ({
  debug: vi.fn<Logger['debug']>(),
  info: vi.fn<Logger['info']>(),
  warn: vi.fn<Logger['warn']>(),
  error: vi.fn<Logger['error']>(),
});

const lowCredits = { at: 1, remainingCredits: 42, threshold: 100, unit: 'credits' };

describe('listening', () => {
  it('counts only while it runs; starting and stopping twice changes nothing', () => {
    const [bus, clock] = [new EventBus(), fakeClock()];
    const monitor = new UsageMonitor({ events: bus, clock });
    tellCall(bus, { at: clock.now() });
    expect(monitor.running).toBe(false);
    monitor.startMonitoring();
    monitor.startMonitoring();
    tellCall(bus, { at: clock.now() });
    expect(monitor.running).toBe(true);
    monitor.stopMonitoring();
    monitor.stopMonitoring();
    tellCall(bus, { at: clock.now() });
    expect(monitor.getCurrentStatus()).toMatchObject({ running: false, dailyUsage: { requests: 1 } });
  });

  it('can stand alone, and says that it hears nothing', () => {
    const logger = spyLogger();
    const monitor = new UsageMonitor({ logger });
    monitor.startMonitoring();
    expect(monitor.running).toBe(true);
    expect(logger.warn).toHaveBeenCalledOnce();
    expect(monitor.getCurrentStatus()).toMatchObject({
      creditsRemaining: null,
      creditsSource: 'unknown',
      dailyUsage: { requests: 0, tokens: 0, costUsd: 0, unknownCostRequests: 0, credits: null },
      projectedMonthlyCost: 0,
      projectedMonthlyCostInterval: null,
      recentCalls: [],
    });
  });

  it('says so on the console where it is given no logger', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      new UsageMonitor().startMonitoring();
      expect(warn.mock.calls).toEqual([[expect.stringContaining('nothing to listen to')]]);
    } finally {
      warn.mockRestore();
    }
  });

  it('alerts on a source that has no emit', () => {
    const { bus, clock } = started();
    const readOnly: EventSource = {
      on: (type, listener) => bus.on(type, listener),
      once: (type, listener) => bus.once(type, listener),
      subscribe: (listener) => bus.subscribe(listener),
    };
    const monitor = new UsageMonitor({ events: readOnly, clock });
    const alerts: Alert[] = [];
    monitor.addAlertHandler('low-credits', (alert) => alerts.push(alert));
    monitor.startMonitoring();
    bus.emit('credits-low', lowCredits);
    expect(alerts).toHaveLength(1);
  });
});

describe('getCurrentStatus', () => {
  it('tells the credits last told, or those of the given source', () => {
    const told: CreditStatus = {
      remainingCredits: 900,
      usedCredits: 100,
      grantedCredits: 1000,
      unit: 'credits',
      source: 'account',
      asOf: 1,
      lagSeconds: 5,
    };
    const { bus, monitor } = started();
    bus.emit('credits-update', { at: 1, ...told });
    expect(monitor.getCurrentStatus()).toMatchObject({ creditsRemaining: 900, creditsSource: 'account' });
    const injected = started({ status: () => ({ ...told, remainingCredits: 7, source: 'estimate' }) });
    injected.bus.emit('credits-update', { at: 1, ...told });
    expect(injected.monitor.getCurrentStatus()).toMatchObject({
      creditsRemaining: 7,
      creditsSource: 'estimate',
    });
  });

  it('begins the day anew at midnight UTC', async () => {
    const { bus, clock, monitor } = started({}, Date.UTC(2026, 9, 31, 23, 59));
    tellCall(bus, { at: clock.now(), costUsd: 0.5, credits: 2 });
    tellCall(bus, { at: clock.now(), costUsd: null });
    const before = monitor.getCurrentStatus();
    expect(before.dailyUsage).toEqual({
      requests: 2,
      tokens: 200,
      costUsd: 0.5,
      unknownCostRequests: 1,
      credits: 2,
    });
    expect(before.spentThisMonthUsd).toBe(0.5);
    await clock.advance(2 * MINUTE_MS);
    const after = monitor.getCurrentStatus();
    expect(after.dailyUsage.requests).toBe(0);
    expect(after.spentThisMonthUsd).toBe(0);
    expect(after.projectedMonthlyCost).toBeGreaterThan(0);
  });

  it('projects from the days it saw', async () => {
    const { bus, clock, monitor } = started({}, Date.UTC(2026, 9, 1));
    for (let day = 0; day < 10; day++) {
      tellCall(bus, { at: clock.now(), costUsd: 1 });
      await clock.advance(DAY_MS);
    }
    const status = monitor.getCurrentStatus();
    expect(status.projectedMonthlyCost).toBeCloseTo(31, 9);
    const [low, high] = status.projectedMonthlyCostInterval ?? [0, 0];
    expect(low).toBeGreaterThan(20);
    expect(high).toBeLessThan(45);
  });

  it('keeps the last calls, newest first, without their content', () => {
    const { bus, clock, monitor } = started({ recentCalls: 2 });
    tellCall(bus, { at: clock.now() });
    const second = tellFailure(bus, { at: clock.now(), code: 'upstream', tags: ['t'], costUsd: null });
    const third = tellCall(bus, { at: clock.now() });
    const { recentCalls } = monitor.getCurrentStatus();
    expect(recentCalls.map((call) => call.callId)).toEqual([third, second]);
    expect(recentCalls[1]).toEqual({
      callId: second,
      at: clock.now(),
      session: 's1',
      tags: ['t'],
      model: 'gpt-5',
      provider: 'routellm',
      taskType: null,
      success: false,
      errorCode: 'upstream',
      inputTokens: 0,
      outputTokens: 0,
      totalTokens: 0,
      costUsd: null,
      credits: null,
      latencyMs: 50,
      attempts: 1,
      cached: false,
    });
    expect(JSON.stringify(monitor.getCurrentStatus())).not.toContain('it failed');
  });

  it('counts what was sent in the last hour', async () => {
    const { bus, clock, monitor } = started();
    tellCall(bus, { at: clock.now() });
    await clock.advance(30 * MINUTE_MS);
    tellCall(bus, { at: clock.now() });
    tellFailure(bus, { at: clock.now(), code: 'budget', attempts: 0 });
    expect(monitor.getCurrentStatus().requestsPerHour).toBe(2);
    await clock.advance(31 * MINUTE_MS);
    expect(monitor.getCurrentStatus().requestsPerHour).toBe(1);
  });
});

describe('getUsageAnalytics', () => {
  it('breaks the calls down', () => {
    const { bus, clock, monitor } = started();
    const at = clock.now();
    tellCall(bus, { at, costUsd: 0.03, tags: ['web', 'web', 'beta'] });
    tellCall(bus, {
      at,
      costUsd: null,
      model: 'local',
      provider: 'ollama',
      taskType: 'translation',
      latencyMs: 400,
    });
    tellFailure(bus, { at, code: 'timeout', tags: ['web'] });
    tellFailure(bus, { at, code: 'invalid-request', attempts: 0 });
    const analytics = monitor.getUsageAnalytics();
    expect(analytics.dailyStats).toEqual({
      totalRequests: 4,
      successfulRequests: 2,
      failedRequests: 2,
      cachedRequests: 0,
      successRate: 50,
      totalTokens: 200,
      inputTokens: 160,
      outputTokens: 40,
      totalCostUsd: 0.03,
      unknownCostRequests: 1,
      avgCostPerRequest: 0.01,
      totalCredits: null,
      avgLatencyMs: 300,
    });
    expect(analytics.totals).toEqual(analytics.dailyStats);
    expect(Object.keys(analytics.byModel)).toEqual(['gpt-5', 'local']);
    expect(analytics.byModel['gpt-5']).toMatchObject({ totalRequests: 2, failedRequests: 1 });
    expect(analytics.byProvider['ollama']).toMatchObject({
      totalRequests: 1,
      unknownCostRequests: 1,
      avgCostPerRequest: 0,
    });
    expect(analytics.byTask['translation']?.totalRequests).toBe(1);
    expect(analytics.byTag['web']?.totalRequests).toBe(2);
    expect(analytics.byTag['beta']?.totalRequests).toBe(1);
    expect(analytics.errorsByCode).toEqual({ timeout: 1, 'invalid-request': 1 });
  });

  it('counts a call served from the cache as a request at no cost, and in no other figure', () => {
    const { bus, clock, monitor } = started();
    const at = clock.now();
    tellCall(bus, { at, costUsd: null, latencyMs: 400 });
    const hit = { at, costUsd: 0, latencyMs: 1, cached: true, attempts: 0, taskType: null };
    tellCall(bus, hit);
    expect(monitor.getUsageAnalytics().totals).toMatchObject({
      totalRequests: 2,
      successfulRequests: 2,
      cachedRequests: 1,
      totalTokens: 100,
      unknownCostRequests: 1,
      avgLatencyMs: 400,
    });
    // What cost nothing is no spend to project from.
    expect(monitor.getCurrentStatus().projectedMonthlyCostInterval).toBeNull();
    tellCall(bus, { at, costUsd: 0.03, latencyMs: 200 });
    expect(monitor.getUsageAnalytics().totals).toMatchObject({ avgLatencyMs: 300, avgCostPerRequest: 0.015 });
    expect(monitor.getUsageAnalytics().byModel['gpt-5']).toMatchObject({
      cachedRequests: 1,
      totalRequests: 3,
    });
  });

  it('tells days by the time zone asked for', () => {
    const { bus, monitor } = started({}, Date.UTC(2026, 9, 15, 23));
    tellCall(bus, { at: Date.UTC(2026, 9, 15, 3, 50) });
    tellCall(bus, { at: Date.UTC(2026, 9, 15, 18, 20) });
    tellCall(bus, { at: Date.UTC(2026, 9, 15, 18, 10) });
    const datesIn = (timeZone: string): [string, number][] =>
      monitor.getUsageAnalytics({ timeZone }).days.map((day) => [day.date, day.totalRequests]);
    expect(datesIn('UTC')).toEqual([['2026-10-15', 3]]);
    expect(datesIn('America/New_York')).toEqual([
      ['2026-10-14', 1],
      ['2026-10-15', 2],
    ]);
    // Midnight in Kathmandu is 18:15 UTC: between the two.
    expect(datesIn('Asia/Kathmandu')).toEqual([
      ['2026-10-15', 2],
      ['2026-10-16', 1],
    ]);
    expect(monitor.getUsageAnalytics({ timeZone: 'Asia/Kathmandu' }).dailyStats.totalRequests).toBe(1);
    expect(monitor.getUsageAnalytics({ timeZone: 'America/New_York' }).dailyStats.totalRequests).toBe(2);
  });

  it('covers a range, splits days by a group, and keeps dailyStats for today', async () => {
    const { bus, clock, monitor } = started({}, Date.UTC(2026, 9, 1, 12));
    for (let day = 0; day < 20; day++) {
      tellCall(bus, { at: clock.now(), model: day % 2 === 0 ? 'even' : 'odd' });
      await clock.advance(DAY_MS);
    }
    const from = Date.UTC(2026, 9, 3);
    const to = Date.UTC(2026, 9, 6);
    const analytics = monitor.getUsageAnalytics({ from, to, groupBy: 'model' });
    expect(analytics).toMatchObject({ from, to, timeZone: 'UTC' });
    expect(analytics.totals.totalRequests).toBe(3);
    expect(analytics.days.map((day) => [day.date, Object.keys(day.groups ?? {})])).toEqual([
      ['2026-10-03', ['even']],
      ['2026-10-04', ['odd']],
      ['2026-10-05', ['even']],
    ]);
    expect(analytics.dailyStats.totalRequests).toBe(0);
    expect(monitor.getUsageAnalytics().totals.totalRequests).toBe(20);
    expect(monitor.getUsageAnalytics().days[0]).not.toHaveProperty('groups');
  });

  it('forgets what is older than the retention', async () => {
    const { bus, clock, monitor } = started({ retentionDays: 2 });
    tellCall(bus, { at: clock.now() });
    await clock.advance(2 * DAY_MS);
    expect(monitor.getUsageAnalytics().totals.totalRequests).toBe(1);
    await clock.advance(DAY_MS);
    expect(monitor.getUsageAnalytics().totals.totalRequests).toBe(0);
  });

  it.each([
    [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ groupBy: 'colour' as 'model' }, 'groupBy'],
    [{ from: NaN }, 'from'],
    [{ to: '2026' as unknown as number }, 'to'],
    [{ from: 2, to: 1 }, 'from'],
  ])('refuses %j', (query, field) => {
    const attempt = (): unknown => started().monitor.getUsageAnalytics(query);
    expect(attempt).toThrow(InvalidRequestError);
    expect(attempt).toThrow(expect.objectContaining({ field }));
  });
});

describe('alerts', () => {
  it("calls the guide's handlers until they are taken away, and tells the bus", () => {
    const { bus, monitor } = started();
    const [told, onBus]: [Alert[], EventOf<'alert'>[]] = [[], []];
    bus.on('alert', (event) => onBus.push(event));
    const remove = monitor.addAlertHandler('low_credits', (alert) => told.push(alert));
    monitor.addAlertHandler('low-credits', (alert) => told.push(alert));
    bus.emit('credits-low', lowCredits);
    remove();
    remove();
    bus.emit('credits-low', lowCredits);
    expect(told).toHaveLength(3);
    expect(told[0]).toMatchObject({ type: 'low-credits', value: 42, threshold: 100, unit: 'credits', at: 1 });
    expect(onBus).toHaveLength(2);
    expect(onBus[0]).toEqual({ type: 'alert', at: 1, alert: told[0] });
    const ids = onBus.map((event) => event.alert.id);
    expect(new Set(ids).size).toBe(2);
    expect(monitor.getCurrentStatus().recentAlerts.map((alert) => alert.id)).toEqual(ids.toReversed());
  });

  it('tells high usage as an event of its own', () => {
    const { bus, clock, monitor } = started({ requestsPerHour: 10, highUsageShare: 0.5 });
    const events: EventOf<'usage-high'>[] = [];
    const values: number[] = [];
    bus.on('usage-high', (event) => events.push(event));
    monitor.addAlertHandler('high_usage', (alert) => values.push(alert.value));
    for (let index = 0; index < 8; index++) tellCall(bus, { at: clock.now() });
    expect(events).toEqual([{ type: 'usage-high', at: clock.now(), requestsPerHour: 5, threshold: 5 }]);
    expect(values).toEqual([5]);
  });

  it('keeps a failing handler from everybody but the logger', async () => {
    const logger = spyLogger();
    const { bus, monitor } = started({ logger });
    const told = vi.fn();
    monitor.addAlertHandler('critical-credits', () => {
      throw new Error('broken');
    });
    monitor.addAlertHandler('critical-credits', () => Promise.reject(new Error('late')));
    monitor.addAlertHandler('critical-credits', told);
    bus.emit('credits-critical', lowCredits);
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toHaveBeenCalledOnce();
    expect(logger.error.mock.calls.map(([, fields]) => fields)).toEqual([
      { error: 'Error: broken' },
      { error: 'Error: late' },
    ]);
  });

  it('watches the cost of the day where a threshold is given', () => {
    const { bus, clock, monitor } = started({ dailyCostThresholdUsd: 0.025 });
    const told = vi.fn();
    monitor.addAlertHandler('cost-threshold', told);
    for (let index = 0; index < 5; index++) tellCall(bus, { at: clock.now(), costUsd: 0.01 });
    expect(told).toHaveBeenCalledOnce();
  });

  it.each([
    ['lowcredits', 'type', /low-credits, critical-credits/],
    ['unusual_usage', 'type', /not detected yet/],
    [7, 'type', /'7' is unknown/],
    ['cost_threshold', 'dailyCostThresholdUsd', /can never fire/],
  ])('refuses a handler of %s', (type, field, message) => {
    const add = (): unknown => started().monitor.addAlertHandler(type as AlertTypeName, () => undefined);
    expect(add).toThrow(ConfigurationError);
    expect(add).toThrow(expect.objectContaining({ field }));
    expect(add).toThrow(message);
  });

  it('refuses a handler that is no function', () => {
    const add = (handler: unknown) => (): unknown =>
      started().monitor.addAlertHandler('api-error', handler as () => void);
    expect(add(null)).toThrow(/handler: expected a function, got null/);
    expect(add('x')).toThrow(expect.objectContaining({ field: 'handler' }));
  });
});

describe('alerts that can never fire', () => {
  it('are refused, and the message says which option they want', () => {
    const monitor = new UsageMonitor({ events: new EventBus(), requestsPerHour: null });
    const add = (type: 'high_usage' | 'cost_threshold') => () =>
      monitor.addAlertHandler(type, () => undefined);
    expect(add('high_usage')).toThrow(expect.objectContaining({ field: 'requestsPerHour' }));
    expect(add('cost_threshold')).toThrow(/monitoring\.dailyCostThresholdUsd/);
  });

  it('are none on a monitor with the guide’s default of 1000 requests an hour', () => {
    const bus = new EventBus();
    const monitor = new UsageMonitor({ events: bus, clock: fakeClock() });
    const told: Alert[] = [];
    monitor.addAlertHandler('high_usage', (alert) => told.push(alert));
    monitor.startMonitoring();
    const attempt = { callId: 'c', attemptId: 'c.1', at: 0, model: 'm', provider: 'p' };
    for (let sent = 0; sent < 800; sent++) bus.emit('attempt-start', attempt);
    expect(told).toMatchObject([{ value: 800, threshold: 800 }]);
  });
});

describe('options', () => {
  it.each([
    [{ retentionDays: 0 }, 'retentionDays'],
    [{ retentionDays: 1.5 }, 'retentionDays'],
    [{ recentCalls: -1 }, 'recentCalls'],
    [{ highUsageShare: NaN }, 'highUsageShare'],
    [{ highUsageShare: 1.1 }, 'highUsageShare'],
    [{ requestsPerHour: NaN }, 'requestsPerHour'],
    [{ requestsPerHour: -5 }, 'requestsPerHour'],
    [{ dailyCostThresholdUsd: 0 }, 'dailyCostThresholdUsd'],
  ])('refuses %j', (options, field) => {
    const make = (): UsageMonitor => new UsageMonitor(options);
    expect(make).toThrow(ConfigurationError);
    expect(make).toThrow(expect.objectContaining({ field }));
  });
});

describe('CallTracker', () => {
  const start = (tracker: CallTracker, callId: string, tags: readonly string[] = []): void =>
    tracker.start({
      type: 'call-start',
      callId,
      at: 0,
      session: 's',
      tags,
      stream: false,
      requestedModel: 'auto',
    });
  const fail = (tracker: CallTracker, callId: string): ReturnType<CallTracker['end']> =>
    tracker.end({
      type: 'call-error',
      callId,
      at: 0,
      error: { code: 'aborted', message: '', retryable: false },
      taskType: null,
      usage: null,
      costUsd: 0,
      latencyMs: 0,
      attempts: 0,
    });

  it('forgets a call when it ends, and the oldest beyond its limit', () => {
    const tracker = new CallTracker();
    for (let index = 0; index <= OPEN_CALL_LIMIT; index++) start(tracker, `c${index}`, ['t']);
    expect(tracker.size).toBe(OPEN_CALL_LIMIT);
    expect(fail(tracker, 'c0').tags).toEqual([]);
    expect(fail(tracker, 'c1').tags).toEqual(['t']);
    expect(tracker.size).toBe(OPEN_CALL_LIMIT - 1);
    tracker.clear();
    expect(tracker.size).toBe(0);
  });

  it('counts each tag once, and no more than its limit', () => {
    const tracker = new CallTracker();
    start(tracker, 'c', ['a', 'a', ...Array.from({ length: 100 }, (_, index) => `t${index}`)]);
    expect(fail(tracker, 'c').tags).toHaveLength(TAGS_PER_CALL);
  });

  it('names the model that was tried last', () => {
    const tracker = new CallTracker();
    start(tracker, 'c');
    for (const model of ['first', 'second']) {
      tracker.attempt({ type: 'attempt-start', callId: 'c', at: 0, attemptId: 'a', model, provider: 'p' });
    }
    tracker.attempt({ type: 'attempt-start', callId: 'x', at: 0, attemptId: 'a', model: 'm', provider: 'p' });
    expect(fail(tracker, 'c')).toMatchObject({ model: 'second', provider: 'p', errorCode: 'aborted' });
  });
});

it('answers for the last hours exactly, whatever the age of the rest', async () => {
  const { bus, clock, monitor } = started();
  for (let hour = 0; hour < 60; hour++) {
    tellCall(bus, { at: clock.now() });
    await clock.advance(HOUR_MS);
  }
  const from = clock.now() - 2 * HOUR_MS;
  expect(monitor.getUsageAnalytics({ from }).totals.totalRequests).toBe(2);
  expect(monitor.getUsageAnalytics().totals.totalRequests).toBe(60);
});
