import { describe, expect, it } from 'vitest';
import { InvalidRequestError, NoModelAvailableError } from '../../src/errors.js';
import type { Router, RoutingContext, RoutingResult } from '../../src/router/router.js';
import { type ChatMessage, type ModelCapability, type Preferences, TaskType } from '../../src/types.js';

const CANDIDATES: readonly ModelCapability[] = [
  { name: 'small', prices: { input: 0.1, output: 0.4 }, tier: 'economy' },
  { name: 'large', prices: { input: 5, output: 25 }, tier: 'premium' },
  { name: 'middle', prices: { input: 1, output: 4 }, tier: 'balanced' },
  { name: 'unpriced' },
];
const ASK: readonly ChatMessage[] = [{ role: 'user', content: 'Explain how tides work.' }];

/** What the call relies on from every router, whatever it decides by. */
export function routerContract(name: string, make: () => Router): void {
  describe(`router contract: ${name}`, () => {
    const route = async (
      messages: readonly ChatMessage[],
      context: RoutingContext,
      preferences?: Preferences,
    ): Promise<RoutingResult> => make().routeRequest(messages, preferences, {}, context);

    it('ranks each candidate once, the selected one first, and nothing else', async () => {
      const { routingDecision, alternatives, modelInfo } = await route(ASK, { candidates: CANDIDATES });
      const names = alternatives.map(({ model }) => model);
      expect([...names].sort()).toEqual(CANDIDATES.map((model) => model.name).sort());
      expect(names[0]).toBe(routingDecision.selectedModel);
      expect(modelInfo.name).toBe(routingDecision.selectedModel);
    });

    it('names fallbacks among the candidates, each once, without the selected one', async () => {
      const { routingDecision } = await route(ASK, { candidates: CANDIDATES });
      const { fallbacks, selectedModel } = routingDecision;
      expect(new Set([selectedModel, ...fallbacks]).size).toBe(fallbacks.length + 1);
      for (const fallback of fallbacks) expect(CANDIDATES.map((model) => model.name)).toContain(fallback);
    });

    it('gives figures within their ranges and at least one reason', async () => {
      const { routingDecision, alternatives } = await route(ASK, { candidates: CANDIDATES });
      expect(Object.values(TaskType)).toContain(routingDecision.taskType);
      for (const share of [routingDecision.difficulty, routingDecision.confidence]) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
      }
      expect(routingDecision.reasons.length).toBeGreaterThan(0);
      for (const { score, pGood, costUsd, latencyMs } of alternatives) {
        expect(score).not.toBeNaN();
        expect(pGood).toBeGreaterThanOrEqual(0);
        expect(pGood).toBeLessThanOrEqual(1);
        if (costUsd !== null) expect(costUsd).toBeGreaterThanOrEqual(0);
        expect(latencyMs).toBeGreaterThanOrEqual(0);
      }
    });

    it('does not invent a price', async () => {
      const { alternatives } = await route(ASK, { candidates: CANDIDATES });
      expect(alternatives.find(({ model }) => model === 'unpriced')?.costUsd).toBeNull();
    });

    it('chooses the only candidate', async () => {
      const { routingDecision } = await route(ASK, { candidates: CANDIDATES.slice(0, 1) });
      expect(routingDecision.selectedModel).toBe('small');
      expect(routingDecision.fallbacks).toEqual([]);
    });

    it('refuses where there is no candidate', async () => {
      await expect(route(ASK, { candidates: [] })).rejects.toBeInstanceOf(NoModelAvailableError);
    });

    it.each([Number.NaN, -0.1])('refuses a weight of %s by name', async (cost) => {
      const refused = route(ASK, { candidates: CANDIDATES }, { cost });
      await expect(refused).rejects.toBeInstanceOf(InvalidRequestError);
      await expect(refused).rejects.toMatchObject({ field: 'preferences.cost' });
    });

    it.each<[string, readonly ChatMessage[]]>([
      ['an empty turn', [{ role: 'user', content: '' }]],
      ['no user turn', [{ role: 'system', content: 'Be brief.' }]],
      ['a lone surrogate', [{ role: 'user', content: 'a \ud800 b' }]],
      [
        'an image without text',
        [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }],
      ],
      ['tool results last', [...ASK, { role: 'tool', tool_call_id: 'call_1', content: '{"level": 3}' }]],
    ])('decides on %s', async (_, messages) => {
      const { routingDecision } = await route(messages, { candidates: CANDIDATES });
      expect(CANDIDATES.map((model) => model.name)).toContain(routingDecision.selectedModel);
    });

    it('takes outcomes, where it learns at all', () => {
      const router = make();
      expect(() => {
        router.recordRequestOutcome?.('small', 'math', true, 1.5, 0.9);
        router.recordRequestOutcome?.('a model it never saw', 'math', false, 0);
      }).not.toThrow();
    });
  });
}
