import { describe, expect, it } from 'vitest';
import { pricesOf } from '../../src/catalog/cost.js';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { ConfigurationError } from '../../src/errors.js';
import type { ListedModel, ModelCapability } from '../../src/types.js';

const listed = (id: string, more: Partial<ListedModel> = {}): ListedModel => ({
  id,
  ownedBy: null,
  prices: null,
  contextWindow: null,
  maxOutput: null,
  vision: null,
  unlimited: false,
  ...more,
});

const SHIPPED: readonly ModelCapability[] = [
  {
    name: 'big',
    tier: 'strong',
    prices: {
      input: 2,
      output: 10,
      cached: 0.2,
      tiers: [{ input: 4, output: 15, cached: 0.4, aboveInputTokens: 1000 }],
    },
    contextWindow: 1000,
    abilities: { tools: true, vision: true },
    quality: { overall: 1450, confidence: 'high' },
    aliases: ['big-2026', 'vendor/big'],
  },
  { name: 'old', prices: { input: 30, output: 60 }, legacy: true },
  { name: 'route-llm', prices: { input: 2, output: 10 }, routesItself: true },
];

const names = (models: readonly ModelCapability[]): readonly string[] => models.map(({ name }) => name);
const catalogOf = (models: Record<string, object> = {}): ModelCatalog =>
  new ModelCatalog({ shipped: SHIPPED, models });

describe('ModelCatalog as a map', () => {
  it('gets, sets, deletes and iterates', () => {
    const catalog = catalogOf();
    expect(catalog.size).toBe(3);
    expect(catalog.set('mine', { costPerToken: 1e-6 })).toBe(catalog);
    expect(catalog.has('mine')).toBe(true);
    expect(catalog.get('mine')).toEqual({ name: 'mine', costPerToken: 1e-6 });
    expect([...catalog.keys()]).toEqual(['big', 'old', 'route-llm', 'mine']);
    expect([...catalog].map(([name, model]) => name === model.name)).toEqual([true, true, true, true]);
    expect([...catalog.values()]).toEqual(catalog.list());
    expect(catalog.delete('mine')).toBe(true);
    expect(catalog.delete('mine')).toBe(false);
    expect(catalog.get('mine')).toBeUndefined();
  });

  it('takes shipped and listed models out until they are set again', () => {
    const catalog = catalogOf();
    catalog.applyListing('p', [listed('big')]);
    catalog.delete('big');
    expect(catalog.has('big')).toBe(false);
    expect(catalog.has('big-2026')).toBe(false);
    catalog.applyListing('p', [listed('big')]);
    expect(catalog.has('big')).toBe(false);
    expect(catalog.set('big', {}).get('big')?.tier).toBe('strong');
  });

  it('takes any name as a plain name', () => {
    const catalog = new ModelCatalog({
      shipped: SHIPPED,
      models: JSON.parse('{"__proto__": {"costPerToken": 1}, "toString": {"costPerToken": 2}}') as Record<
        string,
        object
      >,
    });
    expect(catalog.get('__proto__')?.costPerToken).toBe(1);
    expect(catalog.get('toString')?.costPerToken).toBe(2);
    expect(catalog.get('constructor')).toBeUndefined();
    expect(catalog.isConfigured('hasOwnProperty')).toBe(false);
  });

  it('resolves aliases, names first', () => {
    const catalog = catalogOf({ 'vendor/big': { costPerToken: 1 }, mine: { aliases: ['my-own'] } });
    expect(catalog.get('big-2026')?.name).toBe('vendor/big');
    expect(catalog.get('vendor/big')).toMatchObject({ name: 'vendor/big', costPerToken: 1, tier: 'strong' });
    expect(catalog.get('my-own')?.name).toBe('mine');
    expect(catalogOf().get('big-2026')?.name).toBe('big');
  });

  it('gives the same frozen objects until something changes', () => {
    const catalog = catalogOf();
    expect(catalog.list()).toBe(catalog.list());
    expect(catalog.get('big')).toBe(catalog.get('big'));
    expect(Object.isFrozen(catalog.get('big'))).toBe(true);
    const before = catalog.candidatesForAuto();
    catalog.applyListing('p', [listed('big')]);
    expect(catalog.candidatesForAuto()).not.toBe(before);
  });

  it('does not follow later changes of what it was given', () => {
    const entry = { costPerToken: 1 };
    const catalog = catalogOf({ mine: entry });
    entry.costPerToken = 2;
    catalog.set('other', {});
    expect(catalog.get('mine')?.costPerToken).toBe(1);
  });
});

describe('layers', () => {
  it('puts the user before the listing before the shipped', () => {
    const catalog = catalogOf({ big: { contextWindow: 5, abilities: { audio: true } } });
    catalog.applyListing('p', [
      listed('big', { contextWindow: 7, maxOutput: 3, vision: false, prices: { input: 1, output: 5 } }),
    ]);
    expect(catalog.get('big')).toMatchObject({
      provider: 'p',
      contextWindow: 5,
      maxOutput: 3,
      abilities: { tools: true, vision: false, audio: true },
      prices: { input: 1, output: 5 },
      tier: 'strong',
    });
  });

  it('takes the list for what holds now: hours and dates are those of the maker, not of the host', () => {
    const dear = { input: 8, output: 20 };
    const catalog = new ModelCatalog({
      shipped: [
        {
          ...SHIPPED[0]!,
          prices: {
            input: 2,
            output: 10,
            tiers: [
              { ...dear, utcMinutes: [[60, 240]] },
              { ...dear, from: 0 },
              { ...dear, until: 9e12 },
            ],
          },
        },
      ],
    });
    catalog.applyListing('p', [listed('big', { prices: { input: 4, output: 20 } })]);
    expect(catalog.get('big')?.prices).toEqual({ input: 4, output: 20, tiers: [] });
  });

  it('keeps what the listing leaves out, in proportion to the listed base', () => {
    const catalog = catalogOf();
    catalog.applyListing('p', [listed('big', { prices: { input: 4, output: 10 } })]);
    expect(catalog.get('big')?.prices).toEqual({
      input: 4,
      output: 10,
      cached: 0.4,
      tiers: [{ input: 8, output: 15, cached: 0.8, aboveInputTokens: 1000 }],
    });
    catalog.applyListing('p', [listed('big', { prices: { input: 2, output: 10, cached: 0.1, tiers: [] } })]);
    expect(catalog.get('big')?.prices).toEqual({ input: 2, output: 10, cached: 0.1, tiers: [] });
    catalog.applyListing('p', [listed('big')]);
    expect(catalog.get('big')?.prices).toEqual(SHIPPED[0]?.prices);
  });

  it('takes a missing or impossible rate for unknown, never for free', () => {
    const catalog = catalogOf();
    catalog.applyListing('p', [
      listed('new'),
      listed('auto-router', { prices: { input: -1, output: -1 }, contextWindow: 0, maxOutput: NaN }),
    ]);
    for (const name of ['new', 'auto-router']) {
      expect(pricesOf(catalog.get(name) ?? {})).toBeNull();
      expect(catalog.get(name)?.contextWindow).toBeUndefined();
    }
    expect(catalog.candidatesForAuto()).toEqual([]);
  });

  it('leaves out the impossible among the rates of a listing', () => {
    const catalog = catalogOf();
    const tiers = [
      { input: 9, output: -9, aboveInputTokens: 1 },
      { input: 6, output: 20, cached: Infinity, aboveInputTokens: 2 },
    ];
    catalog.applyListing('p', [
      listed('big', { prices: { input: 4, output: 20, cached: -1, cacheWrite: NaN } }),
      listed('new', { prices: { input: 4, output: 20, audioInput: -1, tiers } }),
      listed('worse', { prices: { input: 4, output: NaN } }),
    ]);
    // What is left out keeps its proportion.
    expect(catalog.get('big')?.prices).toMatchObject({ input: 4, output: 20, cached: 0.4 });
    expect(catalog.get('big')?.prices).not.toHaveProperty('cacheWrite');
    expect(catalog.get('new')?.prices).toEqual({
      input: 4,
      output: 20,
      tiers: [{ input: 6, output: 20, aboveInputTokens: 2 }],
    });
    expect(catalog.get('worse')?.prices ?? null).toBeNull();
  });

  it('lets a short form replace the long form below it', () => {
    const catalog = catalogOf({ big: { costPerToken: 1e-6, qualityScore: 0.9, maxTokens: 42 } });
    const big = catalog.get('big');
    expect(big?.prices).toBeUndefined();
    expect(big?.quality).toBeUndefined();
    expect(big).toMatchObject({ costPerToken: 1e-6, qualityScore: 0.9, maxTokens: 42, contextWindow: 42 });
    expect(catalogOf({ big: { prices: null } }).get('big')?.prices).toBeNull();
    expect(catalogOf({ big: { tier: undefined } }).get('big')?.tier).toBe('strong');
    expect(catalogOf({ big: { parameters: { temperature: false } } }).get('big')?.parameters).toEqual({
      temperature: false,
    });
  });

  it('knows unlimited models from the listing and from its options', () => {
    const catalog = new ModelCatalog({
      shipped: SHIPPED,
      unlimitedModels: ['old', 'big'],
      models: { big: { unlimited: false } },
    });
    // What the options say holds once a list has it.
    expect(pricesOf(catalog.get('old') ?? {})).toEqual({ input: 30, output: 60 });
    catalog.applyListing('p', [listed('gift', { unlimited: true }), listed('old')]);
    expect(pricesOf(catalog.get('old') ?? {})).toEqual({ input: 0, output: 0 });
    expect(pricesOf(catalog.get('gift') ?? {})).toEqual({ input: 0, output: 0 });
    expect(catalog.get('big')?.unlimited).toBe(false);
    expect([...names(catalog.candidatesForAuto())].sort()).toEqual(['big', 'gift', 'old']);
  });

  it('tells apart what several providers list', () => {
    const catalog = catalogOf({ mine: { provider: 'local', costPerToken: 0, aliases: ['mine:latest'] } });
    catalog.applyListing('p', [listed('mine', { contextWindow: 1 }), listed('big')]);
    expect(catalog.get('mine')?.contextWindow).toBeUndefined();
    expect(catalog.isListed('mine')).toBeNull();
    catalog.applyListing('local', [listed('mine:latest', { contextWindow: 2 })]);
    expect(catalog.get('mine')).toMatchObject({ contextWindow: 2, provider: 'local' });
    expect(catalog.isListed('mine')).toBe(false);
    expect(catalog.get('big')?.provider).toBe('p');
  });
});

describe('candidates', () => {
  const priced = { prices: { input: 1, output: 1 } };

  it('are the configured ones until a listing was read, then the listed as well', () => {
    const catalog = catalogOf({ mine: { costPerToken: 1 }, unpriced: {} });
    expect(catalog.isListed('big')).toBeNull();
    expect(names(catalog.candidatesForAuto())).toEqual(['mine']);
    expect(names(catalog.routable())).toEqual(['big', 'mine']);
    catalog.applyListing('p', [listed('big'), listed('new', priced), listed('unknown')]);
    expect(catalog.isListed('big')).toBe(true);
    expect(catalog.isListed('old')).toBe(false);
    expect(names(catalog.candidatesForAuto())).toEqual(['big', 'new', 'mine']);
    expect(catalog.routable()).toEqual(catalog.candidatesForAuto());
    catalog.applyListing('p', []);
    expect(names(catalog.candidatesForAuto())).toEqual(['mine']);
  });

  it('include legacy models only where they are listed or configured', () => {
    expect(names(catalogOf().routable())).toEqual(['big']);
    expect(names(catalogOf({ old: {} }).routable())).toEqual(['big', 'old']);
    const catalog = catalogOf();
    catalog.applyListing('p', [listed('old')]);
    expect(names(catalog.candidatesForAuto())).toEqual(['old']);
  });

  it('leave out what routes by itself, unless the user says otherwise', () => {
    const catalog = catalogOf({ 'route-llm': { costPerToken: 1 } });
    catalog.applyListing('p', [listed('route-llm'), listed('route-llm-code', priced)]);
    expect(catalog.get('route-llm-code')?.routesItself).toBe(true);
    expect(catalog.candidatesForAuto()).toEqual([]);
    catalog.set('route-llm', { routesItself: false });
    expect(names(catalog.candidatesForAuto())).toEqual(['route-llm']);
  });

  it('go by the listed id, once for each shipped model', () => {
    const catalog = catalogOf();
    catalog.applyListing('p', [listed('vendor/big'), listed('big-2026')]);
    expect(names(catalog.candidatesForAuto())).toEqual(['vendor/big']);
    expect(catalog.get('vendor/big')).toMatchObject({ tier: 'strong', aliases: ['big-2026', 'big'] });
  });
});

describe('validation', () => {
  it.each([
    [{ prices: { input: NaN, output: 1 } }, 'models.m.prices.input'],
    [{ prices: { input: 1 } }, 'models.m.prices.output'],
    [{ prices: { input: 1, output: -1 } }, 'models.m.prices.output'],
    [{ prices: 3 }, 'models.m.prices'],
    [{ prices: { input: 1, output: 1, chached: 1 } }, 'models.m.prices.chached'],
    [{ prices: { input: 1, output: 1, tiers: {} } }, 'models.m.prices.tiers'],
    [{ prices: { input: 1, output: 1, tiers: [{ input: 1 }] } }, 'models.m.prices.tiers[0].output'],
    [
      { prices: { input: 1, output: 1, tiers: [{ input: 1, output: 1, utcMinutes: [[9, 5]] }] } },
      'models.m.prices.tiers[0].utcMinutes[0]',
    ],
    [{ costPerToken: -1 }, 'models.m.costPerToken'],
    [{ costPerToken: NaN }, 'models.m.costPerToken'],
    [
      { prices: { input: 1, output: 1, tiers: [{ input: -1, output: 1 }] } },
      'models.m.prices.tiers[0].input',
    ],
    [
      { prices: { input: 1, output: 1, tiers: [{ input: 1, output: 1, serviceTier: '' }] } },
      'models.m.prices.tiers[0].serviceTier',
    ],
    [{ costPerToken: Infinity }, 'models.m.costPerToken'],
    [{ costPerToken: '1' }, 'models.m.costPerToken'],
    [{ contextWindow: 0 }, 'models.m.contextWindow'],
    [{ maxTokens: -5 }, 'models.m.maxTokens'],
    [{ maxOutput: NaN }, 'models.m.maxOutput'],
    [{ qualityScore: 1.1 }, 'models.m.qualityScore'],
    [{ qualityScore: NaN }, 'models.m.qualityScore'],
    [{ quality: { overall: NaN, confidence: 'high' } }, 'models.m.quality.overall'],
    [
      { quality: { overall: 1, confidence: 'high', byTask: { poetry: 1 } } },
      'models.m.quality.byTask.poetry',
    ],
    [{ strengths: ['poetry'] }, 'models.m.strengths[0]'],
    [{ strengths: 'math' }, 'models.m.strengths'],
    [{ tier: 'luxury' }, 'models.m.tier'],
    [{ abilities: { vision: 'yes' } }, 'models.m.abilities.vision'],
    [{ parameters: { outputCap: 'max' } }, 'models.m.parameters.outputCap'],
    [{ typicalTokensPerSecond: 0 }, 'models.m.typicalTokensPerSecond'],
    [{ aliases: [''] }, 'models.m.aliases[0]'],
    [{ unlimited: 1 }, 'models.m.unlimited'],
    [{ provider: ' ' }, 'models.m.provider'],
    [{ name: 'other' }, 'models.m.name'],
    [{ toString: 1 }, 'models.m.toString'],
    [null, 'models.m'],
    [[], 'models.m'],
  ])('refuses %j and names %s', (model, field) => {
    const catalog = catalogOf();
    const attempt = (): unknown => catalog.set('m', model as object);
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(expect.objectContaining({ field }));
    expect(attempt).toThrow(field);
    expect(catalog.has('m')).toBe(false);
    expect(() => catalogOf({ m: model as object })).toThrow(ConfigurationError);
  });

  it('refuses a model without a name', () => {
    for (const name of ['', ' ']) expect(() => catalogOf().set(name, {})).toThrow(/id/);
  });

  it('takes everything a model may be', () => {
    const model: ModelCapability = {
      name: 'm',
      provider: 'p',
      tier: 'specialized',
      prices: {
        input: 0,
        output: 0,
        cached: 0,
        tiers: [{ input: 1, output: 1, from: 0, until: 9, utcMinutes: [[0, 1440]] }],
      },
      contextWindow: null,
      maxOutput: 5,
      abilities: { tools: true },
      parameters: { outputCap: 'max_completion_tokens' },
      quality: { overall: 1400, byTask: { math: 1500 }, confidence: 'low' },
      strengths: ['code_generation', 'analysis'],
      typicalFirstTokenMs: 0,
      aliases: ['n'],
    };
    expect(catalogOf().set('m', model).get('m')).toEqual(model);
  });
});

describe('offers', () => {
  const at = (rate: number): Partial<ListedModel> => ({ prices: { input: rate, output: rate } });
  const two = [{ id: 'one' }, { id: 'two' }];
  const offersOf = (catalog: ModelCatalog, name: string): readonly unknown[] =>
    catalog.offers(name).map(({ provider, id, model }) => [provider, id, model.name, pricesOf(model)?.input]);

  it('are those of each provider that lists the model, under the name it has there, at its price', () => {
    const catalog = new ModelCatalog({ shipped: SHIPPED, providers: two });
    catalog.applyListing('two', [listed('vendor/big', at(3))]);
    catalog.applyListing('one', [listed('big', at(2.5))]);
    expect(offersOf(catalog, 'big')).toEqual([
      ['one', 'big', 'big', 2.5],
      ['two', 'vendor/big', 'big', 3],
    ]);
    // The name that was asked for comes first where a provider lists it.
    expect(offersOf(catalog, 'vendor/big')).toEqual([
      ['one', 'big', 'vendor/big', 2.5],
      ['two', 'vendor/big', 'vendor/big', 3],
    ]);
  });

  it('change with the listings and the entries', () => {
    const catalog = new ModelCatalog({ shipped: SHIPPED, providers: two });
    expect(offersOf(catalog, 'big')).toEqual([[null, 'big', 'big', 2]]);
    catalog.applyListing('one', [listed('big', at(2.5))]);
    catalog.applyListing('two', [listed('big', at(3))]);
    expect(offersOf(catalog, 'big')).toHaveLength(2);
    catalog.set('big', { provider: 'two' });
    expect(offersOf(catalog, 'big')).toEqual([['two', 'big', 'big', 3]]);
    catalog.applyListing('two', []);
    expect(offersOf(catalog, 'big')).toEqual([['two', 'big', 'big', 2]]);
  });

  it('of a model that nobody knows is one, from nobody', () => {
    expect(catalogOf().offers('brand-new')).toEqual([
      { provider: null, id: 'brand-new', model: { name: 'brand-new' } },
    ]);
  });

  it('are unlimited or premium where the provider is said to be so, and only there', () => {
    const catalog = new ModelCatalog({
      shipped: SHIPPED,
      providers: [
        { id: 'one', unlimitedModels: ['big'] },
        { id: 'two', premiumModels: ['vendor/big'] },
      ],
    });
    catalog.applyListing('one', [listed('big', at(2))]);
    catalog.applyListing('two', [listed('vendor/big', at(2))]);
    expect(catalog.offers('big').map(({ model }) => [model.unlimited, model.tier])).toEqual([
      [true, 'strong'],
      [undefined, 'premium'],
    ]);
    catalog.set('big', { tier: 'balanced' });
    expect(catalog.offers('big')[1]?.model.tier).toBe('balanced');
  });

  it('are priced as listed once a charge was reported for what was held to be free', () => {
    const catalog = new ModelCatalog({ shipped: SHIPPED, unlimitedModels: ['big'], providers: two });
    catalog.applyListing('one', [listed('vendor/big', at(2))]);
    expect(offersOf(catalog, 'big')).toEqual([['one', 'vendor/big', 'big', 0]]);
    catalog.markBilled('vendor/big');
    expect(offersOf(catalog, 'vendor/big')).toEqual([['one', 'vendor/big', 'vendor/big', 2]]);
  });
});
