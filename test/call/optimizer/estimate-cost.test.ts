import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChatMessage,
  type CostEstimate,
  CreditOptimizer,
  type ModelCapability,
  ModelRouter,
  NoModelAvailableError,
} from 'routell';
import { fakeClock } from '../../fake-clock.js';

const essay: ChatMessage[] = [{ role: 'user', content: 'Write an essay on the tides of the North Sea.' }];
type Entry = Omit<ModelCapability, 'name'>;
const plain: Entry = { prices: { input: 0, output: 10 }, abilities: { reasoning: false } };

const start = Date.UTC(2026, 9, 15, 12);
const optimizerOf = (models: Readonly<Record<string, Entry>>): CreditOptimizer => {
  const clock = fakeClock(start);
  return new CreditOptimizer(undefined, { router: new ModelRouter({ models, clock }), clock });
};
const estimate = (entry: Entry, params: object = {}): CostEstimate =>
  optimizerOf({ a: entry }).estimateCost(essay, { model: 'a', ...params });

describe('estimateCost', () => {
  it('prices the expected answer, a quarter of it, and one as long as its cap', () => {
    const { costUsd, lowUsd, highUsd, outputTokens, inputTokens, model } = estimate(plain);
    expect(model).toBe('a');
    expect(inputTokens).toBeGreaterThan(10);
    expect(outputTokens).toBeGreaterThan(500);
    expect(costUsd).toBeCloseTo((outputTokens * 10) / 1e6, 12);
    expect(lowUsd).toBeCloseTo((costUsd ?? 0) / 4, 12);
    const cap = optimizerOf({ a: { ...plain, maxOutput: 64_000 } }).optimizeRequest(essay, undefined, {
      model: 'a',
    }).max_tokens;
    expect(highUsd).toBeCloseTo(((cap ?? 0) * 10) / 1e6, 12);
  });

  it('ends at the cap of the caller, or of the model', () => {
    expect(estimate(plain, { max_tokens: 100 })).toMatchObject({
      costUsd: 0.001,
      highUsd: 0.001,
      outputTokens: 100,
    });
    expect(estimate({ ...plain, maxOutput: 50 }).highUsd).toBeCloseTo(0.0005, 12);
  });

  it('is in the service tier that is asked for, and unknown where nobody states its price', () => {
    const flex = { input: 0, output: 5, serviceTier: 'flex' };
    const tiered: Entry = {
      prices: { input: 0, output: 10, tiers: [flex] },
      abilities: { reasoning: false },
    };
    const standard = estimate(tiered, { service_tier: 'auto' });
    expect(standard).toEqual(estimate(tiered));
    const { costUsd, lowUsd, highUsd } = estimate(tiered, { service_tier: 'flex' });
    expect(costUsd).toBeCloseTo((standard.costUsd ?? 0) / 2, 12);
    expect(lowUsd).toBeCloseTo((standard.lowUsd ?? 0) / 2, 12);
    expect(highUsd).toBeCloseTo((standard.highUsd ?? 0) / 2, 12);
    expect(estimate(tiered, { service_tier: 'priority' })).toMatchObject({
      costUsd: null,
      lowUsd: null,
      highUsd: null,
      coverage: null,
    });
    const freed = (tier: 'auto' | 'flex' | 'priority') =>
      optimizerOf({ a: { ...tiered, maxOutput: 64_000 } }).optimizeRequest(essay, undefined, {
        model: 'a',
        service_tier: tier,
      }).changes[0]?.freesUsd;
    expect(freed('flex')).toBeCloseTo((freed('auto') ?? 0) / 2, 12);
    expect(freed('priority')).toBeNull();
  });

  it('counts every answer asked for', () => {
    const [one, three] = [estimate(plain), estimate(plain, { n: 3 })];
    expect(three.outputTokens).toBe(3 * one.outputTokens);
    expect(three.highUsd).toBeCloseTo(3 * (one.highUsd ?? 0), 12);
  });

  it('gives a model that always reasons, or is asked to, a higher end and the same middle', () => {
    const { costUsd, highUsd } = estimate(plain);
    const always = { ...plain, parameters: { temperature: false } };
    for (const reasoner of [
      estimate(always),
      estimate({ ...plain, abilities: { reasoning: true } }, { reasoning_effort: 'low' }),
    ]) {
      expect(reasoner.costUsd).toBe(costUsd);
      expect(reasoner.highUsd).toBeCloseTo((highUsd ?? 0) + 0.25, 9);
    }
    expect(estimate({ ...plain, abilities: { reasoning: true } }).highUsd).toBe(highUsd);
  });

  it('is null where the price is unknown, and 0 where nothing is billed', () => {
    expect(estimate({ prices: null })).toMatchObject({ costUsd: null, lowUsd: null, highUsd: null });
    expect(estimate({ ...plain, unlimited: true })).toMatchObject({ costUsd: 0, lowUsd: 0, highUsd: 0 });
  });

  it('goes by the prices of the day', () => {
    const tiers = [{ input: 0, output: 20, from: start - 1 }];
    const doubled = estimate({ ...plain, prices: { input: 0, output: 10, tiers } });
    expect(doubled.costUsd).toBeCloseTo(2 * (estimate(plain).costUsd ?? 0), 12);
  });

  it('is for the model that routing would choose, where none is named; the choice is not counted', () => {
    const router = new ModelRouter({ clock: fakeClock() });
    const { model } = new CreditOptimizer(undefined, { router }).estimateCost(essay, {
      preferences: { quality: 1 },
    });
    expect(router.getRoutingAnalytics().totalRoutingDecisions).toBe(0);
    expect(router.routeRequest(essay, { quality: 1 }).routingDecision.selectedModel).toBe(model);
  });

  it('is in order for any prices, and grows with the cap', () => {
    const rate = fc.double({ min: 0, max: 100, noNaN: true });
    const prices = fc.record({
      input: rate,
      output: rate,
      tiers: fc.array(fc.record({ input: rate, output: rate, aboveInputTokens: fc.nat(100) }), {
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(prices, fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (given, cap, more) => {
        const small = estimate({ ...plain, prices: given }, { max_tokens: cap });
        expect(small.lowUsd).toBeLessThanOrEqual(small.costUsd ?? -1);
        expect(small.costUsd).toBeLessThanOrEqual(small.highUsd ?? -1);
        const large = estimate({ ...plain, prices: given }, { max_tokens: cap + more });
        expect(large.costUsd).toBeGreaterThanOrEqual((small.costUsd ?? NaN) - 1e-12);
        expect(large.highUsd).toBeGreaterThanOrEqual((small.highUsd ?? NaN) - 1e-12);
      }),
    );
  });

  it('refuses what makes no sense, by name', () => {
    const optimizer = optimizerOf({ a: plain });
    const refused = (act: () => unknown, field: string): void =>
      expect(act).toThrow(expect.objectContaining({ code: 'invalid-request', field }) as Error);
    refused(() => optimizer.estimateCost([]), 'messages');
    refused(() => optimizer.estimateCost(essay, [] as never), 'params');
    refused(() => optimizer.estimateCost(essay, 7 as never), 'params');
    refused(() => optimizer.estimateCost(essay, { model: 'b' }), 'model');
    refused(() => optimizer.estimateCost(essay, { model: '' }), 'model');
    refused(() => optimizer.estimateCost(essay, { max_tokens: NaN }), 'max_tokens');
    expect(() => optimizer.estimateCost(essay, { constraints: { maxCostUsd: 1e-15 } })).toThrow(
      NoModelAvailableError,
    );
  });
});
