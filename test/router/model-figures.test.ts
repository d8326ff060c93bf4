import { describe, expect, it } from 'vitest';
import { costUsd, pricesOf } from '../../src/catalog/cost.js';
import { typicalLatencyMs } from '../../src/catalog/eligibility.js';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { estimatedTokenUsage } from '../../src/catalog/usage.js';
import { figuresOf } from '../../src/router/model-figures.js';

describe('figuresOf', () => {
  it('says what the catalogue says, of what is known and of what is not', () => {
    for (const model of [
      { name: 'bare' },
      { name: 'free', unlimited: true, prices: { input: 3, output: 4 } },
      {
        name: 'fast',
        costPerToken: 1e-6,
        typicalFirstTokenMs: 50,
        typicalTokensPerSecond: 500,
        maxOutput: 10,
      },
    ]) {
      const { firstTokenMs, msPerToken, maxOutput } = figuresOf(model);
      expect(firstTokenMs + 300 * msPerToken).toBeCloseTo(typicalLatencyMs(model, 300), 9);
      expect(maxOutput).toBe(model.maxOutput ?? Infinity);
    }
    expect(figuresOf({ name: 'bare' }).prices).toBeNull();
    expect(figuresOf({ name: 'free', unlimited: true }).prices).toMatchObject({ input: 0, output: 0 });
  });

  it('prices every request as the catalogue does', () => {
    const usage = { ...estimatedTokenUsage(300_000, 500, 1000), cacheWriteTokens: 10, audioOutputTokens: 5 };
    for (const model of new ModelCatalog().list()) {
      expect(costUsd(figuresOf(model).prices, usage, 0)).toBe(costUsd(pricesOf(model), usage, 0));
    }
  });

  it('is read anew where the catalogue changes', () => {
    const catalog = new ModelCatalog({ shipped: [], models: { mine: { costPerToken: 1e-6 } } });
    expect(figuresOf(catalog.get('mine')!).prices?.input).toBeCloseTo(1, 9);
    catalog.set('mine', { costPerToken: 2e-6 });
    expect(figuresOf(catalog.get('mine')!).prices?.input).toBeCloseTo(2, 9);
  });
});
