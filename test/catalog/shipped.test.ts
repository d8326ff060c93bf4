import { TieredPrices } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { pricesAt, pricesOf } from '../../src/catalog/cost.js';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { checkModelEntry } from '../../src/catalog/model-validation.js';
import { shippedModels } from '../../src/catalog/shipped.js';
import { PUBLISHED } from '../../scripts/catalogue-capabilities.js';
import { catalogueChanges } from '../../scripts/catalogue-difference.js';
import { convertPrices } from '../../scripts/catalogue-prices.js';

const NOON = Date.parse('2026-11-05T12:00:00Z');

describe('the shipped catalogue', () => {
  it('is the published line-up at the published prices', () => {
    expect(shippedModels.map(({ name }) => name).sort()).toEqual(Object.keys(PUBLISHED).sort());
    for (const model of shippedModels) {
      const [input, output, cached] = PUBLISHED[model.name]!;
      const prices = pricesAt(pricesOf(model)!, 1000, NOON);
      expect(prices, model.name).toMatchObject({
        input,
        output,
        ...(cached === undefined ? {} : { cached }),
      });
    }
  });

  it('holds only what a user might write, each with an ability to judge it by', () => {
    for (const model of shippedModels) {
      expect(() => {
        checkModelEntry(model.name, model);
      }).not.toThrow();
      const { tier, abilities, quality, typicalTokensPerSecond } = model;
      expect(tier, model.name).toBeDefined();
      expect(abilities?.tools ?? abilities?.vision, model.name).toBeDefined();
      expect(quality?.overall, model.name).toBeGreaterThan(1000);
      expect(typicalTokensPerSecond, model.name).toBeGreaterThan(0);
      if (model.routesItself !== true) expect(model.contextWindow, model.name).toBeGreaterThan(8000);
    }
  });

  it('has no id that stands for two models', () => {
    const ids = shippedModels.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('ranks tiers by quality and knows who wants which parameters', () => {
    const catalog = new ModelCatalog();
    const overall = (name: string): number => catalog.get(name)!.quality!.overall;
    expect(overall('claude-fable-5-1')).toBeGreaterThan(overall('claude-sonnet-5-5'));
    expect(overall('claude-sonnet-5-5')).toBeGreaterThan(overall('claude-haiku-4-5'));
    expect(overall('claude-haiku-4-5')).toBeGreaterThan(overall('gemini-2.5-flash-lite'));
    expect(catalog.get('gpt-6-sol')?.parameters).toEqual({
      outputCap: 'max_completion_tokens',
      temperature: false,
    });
    expect(catalog.get('gpt-6-sol')?.quality?.confidence).toBe('low');
    expect(catalog.get('gpt-4')?.quality?.confidence).toBe('high');
    expect(catalog.get('claude-haiku-4-5')?.quality?.byTask?.code_debug).toBe(1476);
  });

  it('doubles long prompts, peak hours and the year 2027 where the vendors do', () => {
    const catalog = new ModelCatalog();
    const input = (name: string, tokens: number, instant: string): number =>
      pricesAt(catalog.get(name)!.prices!, tokens, Date.parse(instant)).input;
    expect(input('gpt-6-astra', 300_000, '2026-11-05T12:00:00Z')).toBe(20);
    expect(input('gemini-3.1-pro-preview', 200_001, '2026-11-05T12:00:00Z')).toBe(4);
    expect(input('deepseek-v4.1-flash', 10, '2026-11-05T02:00:00Z')).toBe(0.44);
    expect(input('gemini-3.8-flash', 10, '2027-01-01T00:00:00Z')).toBe(1.5);
  });
});

describe('convertPrices', () => {
  it('folds what began before into the base and keeps what is to come', () => {
    const converted = convertPrices(
      [
        { prices: { input_mtok: 1, output_mtok: 1 } },
        {
          constraint: { type: 'start_date', start_date: '2026-08-01' },
          prices: { input_mtok: 2, output_mtok: 2, cache_read_mtok: 0.2 },
        },
        {
          constraint: { type: 'start_date', start_date: '2027-01-01' },
          prices: { input_mtok: 4, output_mtok: 4 },
        },
      ],
      '2026-11-01',
    );
    expect(converted).toEqual({
      input: 2,
      output: 2,
      cached: 0.2,
      tiers: [{ input: 4, output: 4, from: Date.parse('2027-01-01') }],
    });
  });

  it('makes one entry of each step of tokens, and none of a price without output', () => {
    const steps = new TieredPrices({ base: 1, tiers: [{ start: 100, price: 2 }] });
    expect(convertPrices({ input_mtok: steps, output_mtok: 5 }, '2026-11-01')).toEqual({
      input: 1,
      output: 5,
      tiers: [{ input: 2, output: 5, aboveInputTokens: 100 }],
    });
    expect(convertPrices({ input_mtok: 1 }, '2026-11-01')).toBeNull();
  });
});

describe('catalogueChanges', () => {
  it('shows each field that changes, and models that come or go', () => {
    const tiers = [{ input: 2, output: 4, aboveInputTokens: 10 }];
    const kept = { name: 'kept', prices: { input: 1, output: 2, cached: 0.1, tiers } };
    const before = [kept, { name: 'gone' }];
    const after = [
      { name: 'new' },
      { ...kept, prices: { input: 1, output: 3, tiers: [{ ...tiers[0]!, input: 3 }] }, contextWindow: 9 },
    ];
    expect(catalogueChanges(before, after)).toEqual([
      { model: 'gone', field: 'the model', before: 'there', after: '–' },
      { model: 'kept', field: 'prices.output', before: '2', after: '3' },
      { model: 'kept', field: 'prices.cached', before: '0.1', after: '–' },
      { model: 'kept', field: 'prices.tiers.0.input', before: '2', after: '3' },
      { model: 'kept', field: 'contextWindow', before: '–', after: '9' },
      { model: 'new', field: 'the model', before: '–', after: 'there' },
    ]);
    expect(catalogueChanges(after, after)).toEqual([]);
  });
});
