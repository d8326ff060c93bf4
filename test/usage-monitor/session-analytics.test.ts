import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/events.js';
import type { TaskType } from '../../src/types.js';
import { SessionAnalytics } from '../../src/usage-monitor/session-analytics.js';
import { fakeClock } from '../fake-clock.js';
import { tellCall, tellFailure } from './samples.js';

const select = (bus: EventBus, model: string, taskType: TaskType): void =>
  bus.emit('route-select', {
    callId: 'c',
    at: 0,
    model,
    taskType,
    difficulty: 0.5,
    confidence: 0.9,
    score: 1,
    reasons: [],
    fallbacks: [],
  });

describe('SessionAnalytics', () => {
  it('is all zero before the first call', () => {
    const analytics = new SessionAnalytics({ events: new EventBus(), clock: fakeClock() });
    expect(analytics.snapshot()).toEqual({
      sessionDurationMinutes: 0,
      totalRequests: 0,
      successRate: 0,
      estimatedTotalCost: 0,
      avgCostPerRequest: 0,
      unknownCostRequests: 0,
      routing: { modelUsageDistribution: {}, taskTypeDistribution: {}, totalRoutingDecisions: 0 },
    });
  });

  it('counts calls, what failures cost, and keeps unknown costs apart', async () => {
    const [bus, clock] = [new EventBus(), fakeClock()];
    const analytics = new SessionAnalytics({ events: bus, clock });
    await clock.advance(90_000);
    tellCall(bus, { at: 0, costUsd: 0.03 });
    tellCall(bus, { at: 0, costUsd: null });
    tellFailure(bus, { at: 0, code: 'incomplete-stream', costUsd: 0.01 });
    tellCall(bus, { at: 0, costUsd: 0.02 });
    expect(analytics.snapshot()).toMatchObject({
      sessionDurationMinutes: 1.5,
      totalRequests: 4,
      successRate: 75,
      unknownCostRequests: 1,
    });
    expect(analytics.snapshot().estimatedTotalCost).toBeCloseTo(0.06, 12);
    expect(analytics.snapshot().avgCostPerRequest).toBeCloseTo(0.02, 12);
  });

  it('says 0 where no cost is known, and of how many calls', () => {
    const bus = new EventBus();
    const analytics = new SessionAnalytics({ events: bus });
    tellCall(bus, { at: 0, costUsd: null });
    expect(analytics.snapshot()).toMatchObject({ avgCostPerRequest: 0, unknownCostRequests: 1 });
  });

  it('distributes decisions, not calls: an explicit model is none', () => {
    const bus = new EventBus();
    const analytics = new SessionAnalytics({ events: bus, clock: fakeClock() });
    select(bus, 'gpt-5', 'math');
    select(bus, 'gpt-5', 'translation');
    select(bus, 'llama', 'math');
    tellCall(bus, { at: 0, model: 'explicit' });
    expect(analytics.snapshot().routing).toEqual({
      modelUsageDistribution: { 'gpt-5': 2, llama: 1 },
      taskTypeDistribution: { math: 2, translation: 1 },
      totalRoutingDecisions: 3,
    });
  });

  it('is bounded in names', () => {
    const bus = new EventBus();
    const analytics = new SessionAnalytics({ events: bus, clock: fakeClock() });
    for (let index = 0; index < 1000; index++) select(bus, `model-${index}`, 'math');
    const { modelUsageDistribution } = analytics.snapshot().routing;
    expect(Object.keys(modelUsageDistribution)).toHaveLength(201);
    expect(modelUsageDistribution['other']).toBe(800);
  });

  it('stops counting when closed and stays readable', () => {
    const bus = new EventBus();
    const analytics = new SessionAnalytics({ events: bus, clock: fakeClock() });
    tellCall(bus, { at: 0 });
    analytics.close();
    tellCall(bus, { at: 0 });
    expect(analytics.snapshot().totalRequests).toBe(1);
  });
});
