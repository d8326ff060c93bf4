import { describe, expect, it } from 'vitest';
import { Outcomes } from '../../src/router/outcomes.js';
import { withObservedLatency } from '../../src/router/signals.js';
import type { TaskType } from '../../src/types.js';

const outcome = { model: 'm', taskType: 'math', success: true, timeSeconds: 2 } as const;

describe('Outcomes', () => {
  it('counts by model and task', () => {
    const outcomes = new Outcomes();
    expect(outcomes.statistics()).toEqual([]);
    outcomes.record({ ...outcome, quality: 1 });
    outcomes.record({ ...outcome, timeSeconds: 4, quality: 0.5 });
    outcomes.record({ ...outcome, success: false, timeSeconds: 30 });
    outcomes.record({ ...outcome, taskType: 'writing' });
    expect(outcomes.statistics()).toEqual([
      {
        model: 'm',
        taskType: 'math',
        count: 3,
        successRate: (100 * 2) / 3,
        averageLatencyMs: 3000,
        averageQuality: 0.75,
      },
      {
        model: 'm',
        taskType: 'writing',
        count: 1,
        successRate: 100,
        averageLatencyMs: 2000,
        averageQuality: null,
      },
    ]);
  });

  it('speaks of latency from the third success on', () => {
    const outcomes = new Outcomes();
    outcomes.record(outcome);
    outcomes.record(outcome);
    expect(outcomes.latenciesMs('math').size).toBe(0);
    outcomes.record(outcome);
    expect(outcomes.latenciesMs('math').get('m')).toBe(2000);
    expect(outcomes.latenciesMs('writing').size).toBe(0);
  });

  it('follows a latency that has changed', () => {
    const outcomes = new Outcomes();
    for (let run = 0; run < 200; run++) outcomes.record(outcome);
    for (let run = 0; run < 60; run++) outcomes.record({ ...outcome, timeSeconds: 10 });
    expect(outcomes.latenciesMs('math').get('m')).toBeGreaterThan(9000);
  });

  it('keeps a bounded number, the first seen going first', () => {
    const outcomes = new Outcomes();
    for (let model = 0; model < 5000; model++) outcomes.record({ ...outcome, model: `m${model}` });
    const statistics = outcomes.statistics();
    expect(statistics).toHaveLength(4096);
    expect(statistics[0]?.model).toBe('m904');
  });

  it.each<[string, object]>([
    ['model', { model: '' }],
    ['taskType', { taskType: 'cooking' as TaskType }],
    ['success', { success: 1 as unknown as boolean }],
    ['timeSeconds', { timeSeconds: Number.NaN }],
    ['timeSeconds', { timeSeconds: -1 }],
    ['quality', { quality: Number.NaN }],
    ['quality', { quality: 1.5 }],
  ])('refuses a wrong %s by name', (field, wrong) => {
    expect(() => {
      new Outcomes().record({ ...outcome, ...wrong });
    }).toThrow(expect.objectContaining({ code: 'invalid-request', field }));
  });
});

describe('withObservedLatency', () => {
  const outcomes = new Outcomes();
  for (let run = 0; run < 3; run++) outcomes.record(outcome);
  const given = {
    health: 0.9,
    waitMs: 0,
    creditsMode: 'normal',
    costMultiplier: 1,
    warmPrefixTokens: 0,
    outputTokens: null,
    latencyMs: null,
  } as const;

  it('fills in what the client does not know', () => {
    const signals = withObservedLatency(outcomes.latenciesMs('math'), new Map([['m', given]]));
    expect(signals.get('m')).toEqual({ ...given, latencyMs: 2000 });
    expect(signals.has('other')).toBe(false);
    expect(withObservedLatency(outcomes.latenciesMs('math')).get('m')?.latencyMs).toBe(2000);
  });

  it('leaves alone what the client does know, and tasks without outcomes', () => {
    const known = new Map([['m', { ...given, latencyMs: 5 }]]);
    expect(withObservedLatency(outcomes.latenciesMs('math'), known).get('m')?.latencyMs).toBe(5);
    expect(withObservedLatency(outcomes.latenciesMs('writing')).size).toBe(0);
    expect(withObservedLatency(new Outcomes().latenciesMs('math'), known)).toBe(known);
  });
});
