import { describe, expect, it } from 'vitest';
import { ModelRouter } from '../../src/router/model-router.js';
import { Outcomes } from '../../src/router/outcomes.js';
import { latencyFactor } from '../../src/router/signals.js';

const model = (name: string, typicalFirstTokenMs: number) => ({
  name,
  prices: { input: 1, output: 1 },
  typicalFirstTokenMs,
  typicalTokensPerSecond: 1e9,
});

describe('latencyFactor', () => {
  it('is 1 where nothing was seen, and the observed over the typical latency of what was', () => {
    const outcomes = new Outcomes();
    const models = [model('a', 1000), model('b', 3000)];
    expect(latencyFactor(models, outcomes.latenciesMs('math'), 10)).toBe(1);
    const outcome = { model: 'a', taskType: 'math', success: true, timeSeconds: 0.1 } as const;
    for (let count = 0; count < 3; count++) outcomes.record(outcome);
    expect(latencyFactor(models, outcomes.latenciesMs('math'), 10)).toBeCloseTo(0.1, 6);
    expect(latencyFactor(models, outcomes.latenciesMs('writing'), 10)).toBe(1);
  });
});

describe('a model that was tried', () => {
  it('is not preferred for being faster than its typical figures say: the others are taken to be, too', () => {
    const models = { slow: model('slow', 4000), fast: model('fast', 2000) };
    const router = new ModelRouter({ models });
    const ask = [{ role: 'user' as const, content: 'Translate into French: good morning' }];
    const { taskType } = router.classifyTask(ask);
    for (let count = 0; count < 5; count++) router.recordRequestOutcome('slow', taskType, true, 0.04);
    const candidates = Object.values(models);
    const { routingDecision } = router.routeRequest(ask, { speed: 1 }, {}, { candidates });
    expect(routingDecision.selectedModel).toBe('fast');
  });
});
