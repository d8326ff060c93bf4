import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abilityPosterior } from '../../../src/router/learning/ability-posterior.js';

const prior = fc.record({
  ability: fc.double({ min: -0.5, max: 1.5, noNaN: true }),
  deviation: fc.double({ min: 0.01, max: 0.4, noNaN: true }),
});
const observation = fc.record({
  quality: fc.double({ min: 0, max: 1, noNaN: true }),
  weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
  difficulty: fc.double({ min: 0, max: 1, noNaN: true }),
  uncertainty: fc.double({ min: 0, max: 0.4, noNaN: true }),
});

describe('abilityPosterior', () => {
  it('agrees with a fine integration', () => {
    const before = { ability: 0.7, deviation: 0.15 };
    const seen = { quality: 0, weight: 1, difficulty: 0.5, uncertainty: 0 };
    let total = 0;
    let first = 0;
    let second = 0;
    for (let ability = -1; ability <= 2.4; ability += 0.0005) {
      const bad = 1 - 1 / (1 + Math.exp(-6 * (ability - 0.5)));
      const density = Math.exp(-(((ability - 0.7) / 0.15) ** 2) / 2) * bad;
      total += density;
      first += density * ability;
      second += density * ability * ability;
    }
    const mean = first / total;
    const posterior = abilityPosterior(before, seen);
    expect(posterior.ability).toBeCloseTo(mean, 5);
    expect(posterior.deviation).toBeCloseTo(Math.sqrt(second / total - mean * mean), 5);
  });

  it('is raised by a good answer, lowered by a bad one, and never less sure than before', () => {
    fc.assert(
      fc.property(prior, observation, (before, seen) => {
        const good = abilityPosterior(before, { ...seen, quality: 1 });
        const bad = abilityPosterior(before, { ...seen, quality: 0 });
        expect(good.ability).toBeGreaterThanOrEqual(before.ability);
        expect(bad.ability).toBeLessThanOrEqual(before.ability);
        for (const { deviation } of [good, bad])
          expect(deviation).toBeLessThanOrEqual(before.deviation * 1.0001);
      }),
    );
  });

  it('rises with the quality of the answer', () => {
    fc.assert(
      fc.property(prior, observation, observation, (before, seen, { quality }) => {
        const [low, high] = [Math.min(seen.quality, quality), Math.max(seen.quality, quality)];
        expect(abilityPosterior(before, { ...seen, quality: high }).ability).toBeGreaterThanOrEqual(
          abilityPosterior(before, { ...seen, quality: low }).ability - 1e-12,
        );
      }),
    );
  });

  it('learns more from a failure at what is easy than at what is hard', () => {
    const before = { ability: 0.7, deviation: 0.1 };
    const at = (difficulty: number): number =>
      abilityPosterior(before, { quality: 0, weight: 1, difficulty, uncertainty: 0.1 }).ability;
    expect(at(0.1)).toBeLessThan(at(0.9));
  });
});
