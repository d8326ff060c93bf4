import { describe, expect, it } from 'vitest';
import { priorAbility } from '../../src/router/ability.js';
import { ModelTier } from '../../src/types.js';

const MATH = [['math', 1]] as const;

describe('priorAbility', () => {
  it('grows with the rating, 0.6 to 400 Elo', () => {
    const of = (overall: number): number =>
      priorAbility({ name: 'm', quality: { overall, confidence: 'high' } }, MATH).ability;
    expect(of(1490)).toBeCloseTo(0.98, 10);
    expect(of(1490) - of(1090)).toBeCloseTo(0.6, 10);
  });

  it('takes the rating of the task, in the shares of the tasks', () => {
    const quality = { overall: 1400, byTask: { math: 1500 }, confidence: 'high' } as const;
    const sure = priorAbility({ name: 'm', quality }, MATH).ability;
    const torn = priorAbility({ name: 'm', quality }, [
      ['math', 0.5],
      ['writing', 0.5],
    ]).ability;
    const none = priorAbility({ name: 'm', quality }, []).ability;
    expect(sure).toBeGreaterThan(torn);
    expect(torn).toBeGreaterThan(none);
  });

  it('puts what the user says before ratings, ratings before the tier', () => {
    const quality = { overall: 1300, confidence: 'high' } as const;
    const rated = priorAbility({ name: 'm', tier: ModelTier.PREMIUM, quality }, MATH).ability;
    const scored = priorAbility({ name: 'm', quality, qualityScore: 0.9 }, MATH).ability;
    expect(rated).toBeLessThan(priorAbility({ name: 'm', tier: ModelTier.ECONOMY }, MATH).ability);
    expect(scored).toBeGreaterThan(rated);
  });

  it('orders the tiers, and thinks least of the unknown', () => {
    const abilities = (['premium', 'strong', 'balanced', 'economy'] as const).map(
      (tier) => priorAbility({ name: 'm', tier }, MATH).ability,
    );
    const unknown = priorAbility({ name: 'm' }, MATH);
    expect([...abilities].sort((a, b) => b - a)).toEqual(abilities);
    expect(unknown.ability).toBeLessThan(Math.min(...abilities));
    expect(unknown.deviation).toBeGreaterThan(priorAbility({ name: 'm', tier: 'strong' }, MATH).deviation);
  });

  it('adds a declared strength at its own task only', () => {
    const plain = priorAbility({ name: 'm', qualityScore: 0.7 }, MATH).ability;
    expect(priorAbility({ name: 'm', qualityScore: 0.7, strengths: ['math'] }, MATH).ability).toBeGreaterThan(
      plain,
    );
    expect(priorAbility({ name: 'm', qualityScore: 0.7, strengths: ['writing'] }, MATH).ability).toBe(plain);
  });
});
