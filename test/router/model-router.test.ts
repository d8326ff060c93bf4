import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { ConfigurationError, InvalidRequestError, NoModelAvailableError } from '../../src/errors.js';
import type { ModelRouterOptions } from '../../src/router/model-router-options.js';
import { ModelRouter } from '../../src/router/model-router.js';
import { type ChatMessage, ModelTier, TaskType } from '../../src/types.js';
import { routerContract } from '../contracts/router-contract.js';
import { fakeClock } from '../fake-clock.js';

routerContract('ModelRouter', () => new ModelRouter({ clock: fakeClock() }));

const user = (content: string): ChatMessage[] => [{ role: 'user', content }];
const shipped = [
  {
    name: 'cheap',
    prices: { input: 0.1, output: 0.4 },
    quality: { overall: 1300, confidence: 'high' },
    contextWindow: 8000,
    tier: ModelTier.ECONOMY,
  },
  {
    name: 'good',
    prices: { input: 4, output: 20 },
    quality: { overall: 1500, confidence: 'high' },
    contextWindow: 200_000,
    tier: ModelTier.PREMIUM,
    abilities: { vision: true },
  },
] as const;
const makeRouter = (options: Omit<ModelRouterOptions, 'catalog'> = {}): ModelRouter =>
  new ModelRouter({ clock: fakeClock(), catalog: new ModelCatalog({ shipped }), ...options });

describe('routeRequest', () => {
  it('follows the preferences', () => {
    const router = makeRouter();
    const ask = user('Prove that the sum of two odd numbers is even.');
    expect(router.routeRequest(ask, { quality: 1 }).routingDecision.selectedModel).toBe('good');
    expect(router.routeRequest(ask, { cost: 1 }).routingDecision.selectedModel).toBe('cheap');
  });

  it('goes up for what is hard and stays down for what is easy, at the same length of answer', () => {
    const route = (ask: string): string =>
      makeRouter().routeRequest(user(ask), { cost: 0.6, quality: 0.4 }, undefined, {
        candidates: shipped,
        parameters: { max_completion_tokens: 100 },
      }).routingDecision.selectedModel;
    expect(route('Hello!')).toBe('cheap');
    expect(
      route(
        'Prove the theorem rigorously: if every bounded sequence converges, then for all epsilon there must be at least one lemma such that none of the eigenvalues is less than 3 x^2 + 5 / 7. Assume that the consensus is byzantine, and give the asymptotic complexity.',
      ),
    ).toBe('good');
  });

  it('tells what it knows of the selected model', () => {
    const { modelInfo, basis, excluded } = makeRouter().routeRequest(user('Name a lake.'), { cost: 1 });
    expect(modelInfo).toEqual({
      name: 'cheap',
      tier: 'economy',
      costPerToken: (3 * 0.1 + 0.4) / 4e6,
      contextWindow: 8000,
    });
    expect(basis).toMatchObject({ preferences: { cost: 1, quality: 0, speed: 0 } });
    expect(basis?.policyVersion).not.toBe('');
    expect(excluded).toEqual([]);
  });

  it('leaves out what cannot take the request, and says why', () => {
    const messages: ChatMessage[] = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
        ],
      },
    ];
    const { routingDecision, excluded } = makeRouter().routeRequest(messages, { cost: 1 });
    expect(routingDecision.selectedModel).toBe('good');
    expect(excluded?.map(({ model }) => model)).toEqual(['cheap']);
  });

  it('keeps to the constraints', () => {
    const router = makeRouter();
    const route = (constraints: object): string =>
      router.routeRequest(user('Name a lake.'), { quality: 1 }, constraints).routingDecision.selectedModel;
    expect(route({ maxCostPerToken: 1e-6 })).toBe('cheap');
    expect(route({ models: ['cheap'] })).toBe('cheap');
    expect(() => route({ maxCostPerToken: 1e-12 })).toThrow(NoModelAvailableError);
    expect(() => route({ maxCostPerToken: -1 })).toThrow(InvalidRequestError);
  });

  it('names every model that was considered where none fits', () => {
    const considered = ['cheap', 'good'].map((model) => expect.objectContaining({ model }) as object);
    expect(() => makeRouter().routeRequest(user('Hi'), {}, { models: ['nobody'] })).toThrow(
      expect.objectContaining({ code: 'no-model', considered }),
    );
  });

  it('ranks the candidates it is given as they are: constraints were decided before', () => {
    const { alternatives } = makeRouter().routeRequest(
      user('Hi'),
      {},
      { models: ['nobody'] },
      { candidates: [{ name: 'given', costPerToken: 1e-6 }] },
    );
    expect(alternatives.map(({ model }) => model)).toEqual(['given']);
  });

  it('avoids a model whose signals are bad', () => {
    const twins = [
      { name: 'a', costPerToken: 1e-6 },
      { name: 'b', costPerToken: 1e-6 },
    ];
    const signals = new Map([
      [
        'a',
        {
          health: 0.1,
          waitMs: 0,
          creditsMode: 'normal',
          costMultiplier: 1,
          warmPrefixTokens: 0,
          outputTokens: null,
          latencyMs: null,
        } as const,
      ],
    ]);
    const { routingDecision } = makeRouter().routeRequest(user('Hi'), {}, {}, { candidates: twins, signals });
    expect(routingDecision).toMatchObject({ selectedModel: 'b', fallbacks: ['a'] });
  });

  it.each([[[]], ['Hello'], [null]])('refuses %j as messages', (messages) => {
    expect(() => makeRouter().routeRequest(messages as unknown as ChatMessage[])).toThrow(
      expect.objectContaining({ field: 'messages' }),
    );
  });

  it('uses the classifier it was given', () => {
    const classifier = {
      classify: () => ({ taskType: TaskType.WRITING, confidence: 0.9, distribution: { writing: 0.9 } }),
    };
    const { routingDecision } = makeRouter({ classifier }).routeRequest(user('2 + 2?'));
    expect(routingDecision).toMatchObject({ taskType: 'writing', confidence: 0.9 });
  });
});

describe('models', () => {
  it('can be added to while it works, as the guide does', () => {
    const router = new ModelRouter({ clock: fakeClock() });
    router.models.set('custom-model', {
      name: 'custom-model',
      tier: ModelTier.SPECIALIZED,
      costPerToken: 1e-9,
      maxTokens: 8192,
      strengths: [TaskType.CODE_GENERATION, TaskType.ANALYSIS],
      qualityScore: 0.9,
    });
    const ask = user('Write a function that sorts a list.');
    const { routingDecision, modelInfo } = router.routeRequest(
      ask,
      { cost: 0.2, quality: 0.6, speed: 0.2 },
      { maxCostPerToken: 1e-8, minContextWindow: 4096 },
    );
    expect(routingDecision).toMatchObject({ selectedModel: 'custom-model', taskType: 'code_generation' });
    expect(modelInfo).toMatchObject({ tier: 'specialized', contextWindow: 8192 });
  });

  it('can be given at construction, into a catalogue of its own', () => {
    const router = new ModelRouter({ clock: fakeClock(), models: { mine: { costPerToken: 1e-9 } } });
    expect(router.getRoutingAnalytics().availableModels).toContain('mine');
    expect(() => new ModelRouter({ models: {}, catalog: new ModelCatalog() })).toThrow(ConfigurationError);
  });
});

describe('classifyTask', () => {
  it('tells the task of the ask, and decides nothing', () => {
    const router = makeRouter();
    const { taskType, confidence, distribution } = router.classifyTask(user('Translate "tree" into German.'));
    expect(taskType).toBe('translation');
    expect(distribution.translation).toBe(confidence);
    expect(router.routingHistory).toEqual([]);
    expect(() => router.classifyTask([])).toThrow(InvalidRequestError);
  });
});

describe('suggestModelForTask', () => {
  it('suggests within the budget, and decides nothing', () => {
    const router = makeRouter();
    const { routingDecision, alternatives } = router.suggestModelForTask('Summarize legal contracts', 0.001);
    expect(routingDecision).toMatchObject({ selectedModel: 'cheap', taskType: 'summarization' });
    expect(alternatives[0]?.costUsd).toBeLessThanOrEqual(0.001);
    expect(router.getRoutingAnalytics().totalRoutingDecisions).toBe(0);
  });

  it('refuses an empty description, a budget that is none, and one that nothing fits', () => {
    const router = makeRouter();
    expect(() => router.suggestModelForTask(' ')).toThrow(InvalidRequestError);
    expect(() => router.suggestModelForTask('Write', Number.NaN)).toThrow(InvalidRequestError);
    expect(() => router.suggestModelForTask('Write', 1e-12)).toThrow(NoModelAvailableError);
  });
});

describe('previewRequest', () => {
  it('decides as routeRequest does, and counts nothing', () => {
    const router = makeRouter();
    const ask = user('Prove that the sum of two odd numbers is even.');
    const preview = router.previewRequest(ask, { quality: 1 });
    expect(router.getRoutingAnalytics().totalRoutingDecisions).toBe(0);
    expect(router.routingHistory).toEqual([]);
    expect(preview).toEqual(router.routeRequest(ask, { quality: 1 }));
  });

  it('refuses what routeRequest refuses', () => {
    expect(() => makeRouter().previewRequest([])).toThrow(InvalidRequestError);
    expect(() => makeRouter().previewRequest(user('x'), {}, { maxCostUsd: 1e-12 })).toThrow(
      NoModelAvailableError,
    );
  });
});

describe('forecastOutput', () => {
  it('tells the task and how long an answer may be', () => {
    const forecast = makeRouter().forecastOutput(user('Translate to French: good morning'), 5000);
    expect(forecast).toMatchObject({ taskType: 'translation', statedTokens: 0 });
    expect(forecast.longestTokens).toBe(5000);
    expect(forecast.expectedTokens).toBeLessThanOrEqual(4000);
  });

  it('asks the classifier it was given', () => {
    const sure = { taskType: TaskType.MATH, confidence: 1, distribution: { math: 1 } };
    const router = makeRouter({ classifier: { classify: () => sure } });
    expect(router.forecastOutput(user('Hello!'), 10)).toMatchObject({ taskType: 'math', confidence: 1 });
  });

  it('refuses no messages', () => {
    expect(() => makeRouter().forecastOutput([], 1)).toThrow(InvalidRequestError);
  });
});

describe('history and analytics', () => {
  it('keep the decisions, without content', () => {
    const clock = fakeClock();
    const router = makeRouter({ clock, historyLimit: 2 });
    for (let run = 0; run < 3; run++) router.routeRequest(user('Translate "tree" into German.'), { cost: 1 });
    expect(router.routingHistory).toHaveLength(2);
    expect(router.routingHistory[0]).toMatchObject({
      at: clock.now(),
      selectedModel: 'cheap',
      taskType: 'translation',
    });
    expect(JSON.stringify(router.routingHistory)).not.toContain('tree');
    expect(router.getRoutingAnalytics()).toMatchObject({
      totalRoutingDecisions: 3,
      modelUsageDistribution: { cheap: 3 },
      taskTypeDistribution: { translation: 3 },
      availableModels: ['cheap', 'good'],
      outcomes: [],
    });
  });

  it('hold what became of requests; a slow model is avoided where speed matters', () => {
    const router = makeRouter();
    const ask = user('Who discovered penicillin?');
    const onlySpeed = { speed: 1 };
    const { selectedModel, taskType } = router.routeRequest(ask, onlySpeed).routingDecision;
    for (let run = 0; run < 3; run++) {
      router.recordRequestOutcome(selectedModel, taskType, true, 60, 1);
      router.recordRequestOutcome('good', taskType, true, 2);
    }
    expect(selectedModel).toBe('cheap');
    expect(router.routeRequest(ask, onlySpeed).routingDecision.selectedModel).toBe('good');
    expect(router.getRoutingAnalytics().outcomes[0]).toEqual({
      model: selectedModel,
      taskType,
      count: 3,
      successRate: 100,
      averageLatencyMs: 60_000,
      averageQuality: 1,
    });
    expect(() => {
      router.recordRequestOutcome('m', 'math', true, Number.NaN);
    }).toThrow(InvalidRequestError);
  });
});
