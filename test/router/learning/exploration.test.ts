import { describe, expect, it } from 'vitest';
import {
  DRAWS,
  explore,
  type ExploredModel,
  type Exploration,
} from '../../../src/router/learning/exploration.js';
import { probabilityGood } from '../../../src/router/scoring.js';
import { seededRandom } from '../../../src/evaluation/random.js';

const item = { difficulty: 0.5, uncertainty: 0.2 };
const modelAt = (model: string, ability: number, deviation = 0.2): ExploredModel => {
  const pGood = probabilityGood({ ability, deviation }, item);
  return { model, score: 0.5 * pGood, pGood, worth: 0.5, health: 1, ability, deviation };
};
const ranked = [modelAt('a', 0.8), modelAt('b', 0.75), modelAt('c', 0.7)];
/** What each draw needs: two numbers a model. */
const drawsOf = (seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 2 * ranked.length * DRAWS }, random);
};
const scripted = (numbers: readonly number[]) => {
  const rest = numbers.values();
  return () => rest.next().value ?? 0;
};

const COINS = 8;

/** The choice at each toss of the coin, and each pick of a draw, after the same draws. */
function allChoices(seed: number, share: number): Exploration[] {
  const draws = drawsOf(seed);
  return Array.from({ length: COINS * DRAWS }, (_, index) => {
    const coin = Math.floor(index / DRAWS) / COINS;
    const random = scripted([...draws, coin, ((index % DRAWS) + 0.5) / DRAWS]);
    return explore(ranked, item, { share, random });
  });
}

describe('explore', () => {
  it('has exact propensities: all choices that the same draws allow, enumerated', () => {
    for (const share of [0.25, 0.5, 1]) {
      for (let seed = 0; seed < 10; seed++) {
        const outcomes = allChoices(seed, share);
        const counts: Record<string, number> = {};
        for (const { chosen } of outcomes) {
          const model = ranked[chosen]?.model ?? '';
          counts[model] = (counts[model] ?? 0) + 1 / outcomes.length;
        }
        const propensities: Readonly<Record<string, number>> = outcomes[0]?.propensities ?? {};
        expect(Object.keys(propensities).sort()).toEqual(Object.keys(counts).sort());
        for (const model of Object.keys(counts)) {
          expect(propensities[model]).toBeCloseTo(counts[model] ?? 0, 12);
        }
      }
    }
  });

  it('sums to one', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { propensities } = explore(ranked, item, { share: 0.3, random: seededRandom(seed) });
      const sum = Object.values(propensities).reduce((total, share) => total + share, 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it('tries what is not known, not what is known to be worse', () => {
    const models = [modelAt('known', 0.8, 0.01), modelAt('unsure', 0.7, 0.3), modelAt('worse', 0.4, 0.01)];
    const chosen = new Set<string | undefined>();
    for (let seed = 0; seed < 100; seed++) {
      chosen.add(models[explore(models, item, { share: 1, random: seededRandom(seed) }).chosen]?.model);
    }
    expect([...chosen].sort()).toEqual(['known', 'unsure']);
  });

  it('never prefers a model that does not come back', () => {
    const down = { ...modelAt('down', 2, 0.5), score: -1, pGood: 0, worth: 0, health: 0 };
    for (let seed = 0; seed < 50; seed++) {
      expect(explore([...ranked, down], item, { share: 1, random: seededRandom(seed) }).chosen).toBeLessThan(
        3,
      );
    }
  });
});
