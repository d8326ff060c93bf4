/** High-cost models: when routing may choose them, and what it says then. */
import { describe, expect, it } from 'vitest';
import { type ChatOptions, NoModelAvailableError, type RouteLLClientOptions } from 'routell';
import { answers, type Scene, scene } from './scene.js';

const easy = [{ role: 'user' as const, content: 'Hi!' }];
const hard = [
  {
    role: 'user' as const,
    content:
      'Prove that every bounded sequence of real numbers has a convergent subsequence, derive the rate of convergence, then show step by step why the theorem fails without the axiom of choice, unless the sequence is monotone, and calculate 17 % of the remaining terms: ∑ x_n^2 = 3.',
  },
];

const models = {
  dear: { prices: { input: 1, output: 2 }, qualityScore: 0.95 },
  cheap: { prices: { input: 0.9, output: 1.9 }, qualityScore: 0.3 },
};
const dearly = (options: RouteLLClientOptions = {}): Promise<Scene> =>
  scene(answers(), { models, credits: { highCostModels: ['dear'] }, ...options });
const choose = async (
  { client }: Scene,
  messages = easy,
  options: ChatOptions = {},
): Promise<{ model: string; reasons: string }> => {
  const { routingDecision } = await client.route(messages, options);
  return { model: routingDecision.selectedModel, reasons: routingDecision.reasons.join('\n') };
};

describe('a high-cost model', () => {
  it('is left out of an easy ask, and the reason says what it would take', async () => {
    const held = await dearly();
    const { routingDecision, excluded } = await held.client.route(easy);
    expect(routingDecision.selectedModel).toBe('cheap');
    expect(routingDecision.fallbacks).not.toContain('dear');
    const why = excluded?.find(({ model }) => model === 'dear')?.reason;
    expect(why).toMatch(/high-cost model.*difficulty 0\.6.*quality/);
  });

  it('without the option is chosen as any other', async () => {
    const held = await scene(answers(), { models, preferences: { quality: 0.5, cost: 0.5 } });
    expect(await choose(held)).toMatchObject({ model: 'dear' });
  });

  it('serves a hard ask', async () => {
    const held = await dearly();
    const { model, reasons } = await choose(held, hard);
    expect(model).toBe('dear');
    expect(reasons).toMatch(/dear is a high-cost model, let in since the ask is hard \(difficulty 0\.\d+\)/);
  });

  it('serves who weighs quality above all else, by the call or by the client', async () => {
    const held = await dearly();
    const { model, reasons } = await choose(held, easy, { preferences: { quality: 3, cost: 1 } });
    expect(model).toBe('dear');
    expect(reasons).toContain('quality weighs 75 %');
    const always = await dearly({ preferences: { quality: 1 } });
    expect(await choose(always)).toMatchObject({ model: 'dear' });
    const evenly = await dearly({ preferences: { quality: 1, cost: 1 } });
    expect(await choose(evenly)).toMatchObject({ model: 'cheap' });
  });

  it('serves who names it, as the model or among the allowed ones', async () => {
    const held = await dearly();
    const result = await held.client.chatCompletion(easy, { model: 'dear' });
    expect(result).toMatchObject({ success: true, routing: null });
    const { model, reasons } = await choose(held, easy, { constraints: { models: ['dear'] } });
    expect(model).toBe('dear');
    expect(reasons).toContain('named in constraints.models');
  });

  it('is known by its aliases too', async () => {
    const aliased = { ...models, dear: { ...models.dear, aliases: ['vendor/dear'] } };
    const held = await dearly({ models: aliased, credits: { highCostModels: ['vendor/dear'] } });
    expect(await choose(held)).toMatchObject({ model: 'cheap' });
    const named = await choose(held, easy, { constraints: { models: ['vendor/dear'] } });
    expect(named).toMatchObject({ model: 'dear', reasons: expect.stringContaining('named') as string });
  });

  it('is no last resort: where nothing else is left, the call is refused and told why', async () => {
    const held = await dearly({ models: { dear: models.dear } });
    await expect(held.client.route(easy)).rejects.toBeInstanceOf(NoModelAvailableError);
    await expect(held.client.route(easy)).rejects.toThrow(/dear: it is a high-cost model/);
    expect(held.upstream.received).toEqual([]);
  });
});

describe('an unlimited model', () => {
  it('of the options costs nothing in the ranking and the records', async () => {
    const held = await scene(answers(), { models, credits: { unlimitedModels: ['dear'] } });
    const result = await held.client.chatCompletion(easy);
    expect(result).toMatchObject({ success: true, costUsd: 0 });
    expect(result.attempts.map(({ model }) => model)).toEqual(['dear']);
  });

  it('is eligible only where it is listed or configured', async () => {
    const held = await scene(answers(), { models, credits: { unlimitedModels: ['llama-3.1-8b'] } });
    const { alternatives } = await held.client.route(easy);
    expect(alternatives.map(({ model }) => model).sort()).toEqual(['cheap', 'dear']);
  });
});
