/** What routed calls keep to while credits are critical. */
import { describe, expect, it } from 'vitest';
import type { RouteLLClientOptions } from 'routell';
import { answers, hello, type Scene, scene } from './scene.js';

const models = {
  strong: { prices: { input: 1, output: 2 }, qualityScore: 0.95, tier: 'strong' },
  thrifty: { prices: { input: 0.9, output: 1.9 }, qualityScore: 0.4, tier: 'economy' },
  free: { prices: { input: 1, output: 2 }, qualityScore: 0.2 },
} as const;

const withCreditsLeft = (
  left: number,
  credits: RouteLLClientOptions['credits'] = {},
  given: RouteLLClientOptions['models'] = models,
): Promise<Scene> =>
  scene(
    answers(),
    { models: given, credits: { unlimitedModels: ['free'], ...credits }, preferences: { quality: 1 } },
    { account: { credits_used: 1000 - left, credits_granted: 1000 } },
  );
const route = async (held: Scene) => {
  await held.client.getCreditStatus();
  const { routingDecision, excluded = [] } = await held.client.route(hello);
  const { selectedModel, fallbacks, reasons } = routingDecision;
  return {
    chosen: selectedModel,
    others: fallbacks,
    reasons: reasons.join('\n'),
    excluded: new Map(excluded.map(({ model, reason }) => [model, reason])),
  };
};

describe('critical credits', () => {
  it('restrict routed calls to economy and unlimited models, and the decision says so', async () => {
    const { chosen, others, reasons, excluded } = await route(await withCreditsLeft(10));
    expect(chosen).toBe('thrifty');
    expect(others).not.toContain('strong');
    expect(excluded.get('strong')).toBe(
      'the credits of its account are critical, and it is neither unlimited nor an economy model',
    );
    expect(reasons).toMatch(/credits are critical: (?:\d+ models were|one model was) left out/);
  });

  it('do so to no call before they are', async () => {
    const { chosen, reasons } = await route(await withCreditsLeft(11));
    expect(chosen).toBe('strong');
    expect(reasons).not.toContain('critical');
  });

  it('restrict them to what bills nothing, or to nothing at all, where that is wanted', async () => {
    const strict = await route(await withCreditsLeft(5, { whenCritical: 'unlimited' }));
    expect(strict.chosen).toBe('free');
    expect(strict.excluded.get('thrifty')).toBe('the credits of its account are critical, and it bills');
    const lax = await route(await withCreditsLeft(5, { whenCritical: 'advise' }));
    expect(lax.chosen).toBe('strong');
  });

  it('let calls go on where nothing else can take them: what is left is there to be used', async () => {
    const { chosen, excluded } = await route(await withCreditsLeft(5, {}, { strong: models.strong }));
    expect(chosen).toBe('strong');
    expect(excluded.has('strong')).toBe(false);
  });

  it('leave a named model alone', async () => {
    const held = await withCreditsLeft(5);
    await held.client.getCreditStatus();
    const { attempts } = await held.client.chatCompletion(hello, { model: 'strong' });
    expect(attempts.map(({ model }) => model)).toEqual(['strong']);
  });

  it('that are unknown restrict nothing', async () => {
    const held = await scene(answers(), { models, preferences: { quality: 1 } });
    expect((await route(held)).chosen).toBe('strong');
  });
});
