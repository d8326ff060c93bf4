/** Spending that runs ahead of a budget makes routing cheaper, before anything is refused. */
import { describe, expect, it } from 'vitest';
import type { RouteLLClientOptions } from 'routell';
import { systemClock } from '../../src/clock.js';
import { completionOf, sendJson } from './loopback-upstream.js';
import { scene, type Scene } from './scene.js';

const ask = [{ role: 'user' as const, content: 'Prove that there are infinitely many primes.' }];
const options: RouteLLClientOptions = {
  models: {
    dear: { prices: { input: 0, output: 100 }, maxOutput: 1000, qualityScore: 0.95 },
    cheap: { prices: { input: 0, output: 1 }, maxOutput: 1000, qualityScore: 0.3 },
  },
  preferences: { cost: 0.15, quality: 0.85 },
};
const opened = (more: RouteLLClientOptions = {}): Promise<Scene> =>
  scene(
    (response, { body }) => {
      const completion = completionOf('fine', body['model'] as string) as object;
      const usage = { prompt_tokens: 10, completion_tokens: 700, total_tokens: 710 };
      sendJson(response, { ...completion, usage });
    },
    { ...options, budgets: [{ limitUsd: 1, per: 'month' }], clock, ...more },
  );
const modelsOf = async (held: Scene, calls: number): Promise<readonly string[]> => {
  const models: string[] = [];
  for (let call = 0; call < calls; call++) {
    const result = await held.client.chatCompletion(ask);
    models.push(result.success ? result.model : result.error.code);
  }
  return models;
};
/** The third of a month. */
const clock = { ...systemClock, now: () => Date.UTC(2026, 9, 3, 12) };

describe('pacing', () => {
  it('turns to the cheap model before the hard stop, says so, and records it', async () => {
    const held = await opened();
    const models = await modelsOf(held, 30);
    expect(models[0]).toBe('dear');
    expect(models.at(-1)).toBe('cheap');
    expect(new Set(models)).toEqual(new Set(['dear', 'cheap']));
    const { routingDecision } = await held.client.route(ask);
    expect(routingDecision.reasons.join(' ')).toMatch(/cost counted \d+\.\d\d times/);
    const decisions = (await held.journal()).flatMap(({ kind, record }) =>
      kind === 'decision' ? [record] : [],
    );
    expect(decisions[0]).not.toHaveProperty('costMultiplier');
    expect(decisions.at(-1)?.costMultiplier).toBeGreaterThan(1);
  });

  it('is off where it is switched off, and where no hard budget has a period', async () => {
    for (const more of [
      { credits: { pacing: false }, budgets: [{ limitUsd: 1, per: 'month' as const }] },
      { budgets: [{ limitUsd: 1, per: 'month' as const, mode: 'soft' as const }] },
    ]) {
      const held = await opened(more);
      expect(new Set((await modelsOf(held, 10)).slice(0, 9))).toEqual(new Set(['dear']));
      const { routingDecision } = await held.client.route(ask);
      expect(routingDecision.reasons.join(' ')).not.toContain('cost counted');
    }
  });
});
