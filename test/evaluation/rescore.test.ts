import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DecisionCandidate,
  type DecisionRecord,
  ModelRouter,
  type ReplayPolicy,
  utilityOf,
} from 'routell';
import { rescore } from '../../src/evaluation/rescore.js';
import { simulatedJournal } from './simulated-journal.js';

const ANY: ReplayPolicy = { preferences: null, models: null, excludedModels: [] };
const QUALITY: ReplayPolicy = { ...ANY, preferences: { cost: 0, quality: 1, speed: 0 } };
const COST: ReplayPolicy = { ...ANY, preferences: { cost: 1, quality: 0, speed: 0 } };

const candidate = (model: string, given: Partial<DecisionCandidate> = {}): DecisionCandidate => ({
  model,
  score: 0,
  pGood: 0.5,
  costUsd: 0.01,
  latencyMs: 1000,
  ...given,
});

function decision(
  candidates: readonly DecisionCandidate[],
  propensities: Readonly<Record<string, number>> = { [candidates[0]?.model ?? '']: 1 },
): DecisionRecord {
  const { records } = simulatedJournal({ calls: 1 });
  const made = records.find((entry) => entry.kind === 'decision');
  if (made === undefined) throw new Error('expected a decision');
  return { ...made.record, candidates, propensities, chosenModel: Object.keys(propensities)[0] ?? '' };
}

const chosenUnder = (policy: ReplayPolicy, candidates: readonly DecisionCandidate[]): string | undefined =>
  rescore(decision(candidates), policy).chosenNew?.model;

describe('rescore', () => {
  it('chooses by the weights of the policy, else by those of the decision', () => {
    const candidates = [candidate('good', { pGood: 0.9, costUsd: 0.5 }), candidate('cheap', { costUsd: 0 })];
    expect(chosenUnder(QUALITY, candidates)).toBe('good');
    expect(chosenUnder(COST, candidates)).toBe('cheap');
    // Those of the simulated journal lean to cost.
    expect(chosenUnder(ANY, candidates)).toBe('cheap');
  });

  it('counts cost as many times as it did then', () => {
    const candidates = [
      candidate('good', { pGood: 0.9, costUsd: 0.06 }),
      candidate('cheap', { costUsd: 0.03 }),
    ];
    const policy = { ...ANY, preferences: { cost: 0.5, quality: 0.5, speed: 0 } };
    const paced = { ...decision(candidates), costMultiplier: 10 };
    expect(chosenUnder(policy, candidates)).toBe('good');
    expect(rescore(paced, policy).chosenNew?.model).toBe('cheap');
  });

  it('chooses among what the policy allows, and nothing where that is nothing', () => {
    const candidates = [candidate('a', { pGood: 0.9 }), candidate('b'), candidate('c', { pGood: 0.1 })];
    expect(chosenUnder({ ...QUALITY, models: ['b', 'c', 'd'] }, candidates)).toBe('b');
    expect(chosenUnder({ ...QUALITY, excludedModels: ['a', 'b'] }, candidates)).toBe('c');
    expect(rescore(decision(candidates), { ...ANY, models: ['d'] })).toMatchObject({
      chosenNew: null,
      propensityNew: 0,
    });
  });

  it('gives a tie to the cheaper, then by name, in whatever order they stand', () => {
    const tied = [candidate('b'), candidate('a'), candidate('c', { costUsd: 0.02 })];
    expect(chosenUnder(QUALITY, tied)).toBe('a');
    expect(chosenUnder(QUALITY, [...tied].reverse())).toBe('a');
  });

  it.each([0.05, 0.5, 0.95])('chooses as the router did where prices are unknown, at cost %d', (cost) => {
    const preferences = { cost, quality: 1 - cost };
    const candidates = [
      { name: 'known', prices: { input: 0.1, output: 0.1 }, qualityScore: 0.6 },
      { name: 'nameless', qualityScore: 0.7 },
      { name: 'dear', prices: { input: 30, output: 150 }, qualityScore: 0.72 },
    ];
    const { routingDecision, basis, alternatives } = new ModelRouter().routeRequest(
      [{ role: 'user', content: 'Write a poem about the sea.' }],
      preferences,
      {},
      { candidates },
    );
    const { selectedModel } = routingDecision;
    const made = { ...decision(alternatives, { [selectedModel]: 1 }), preferences: basis!.preferences };
    expect(rescore(made, ANY)).toMatchObject({
      chosenNew: { model: selectedModel },
      isReproduced: true,
    });
    for (const { score, costUsd, weighedUsd, pGood, latencyMs } of alternatives) {
      const figures = { pGood, latencyMs, costUsd: costUsd ?? weighedUsd ?? NaN };
      expect(utilityOf(figures, basis!.preferences)).toBeCloseTo(score, 12);
    }
  });

  it('gives a tie between a known and an unknown price to the known one', () => {
    const tied = [candidate('a', { costUsd: null, weighedUsd: 0.01 }), candidate('b')];
    expect(chosenUnder(QUALITY, tied)).toBe('b');
  });

  it('takes an unknown price, of which nobody says what it was weighed by, for the dearest there is', () => {
    const candidates = [
      candidate('unknown', { costUsd: null }),
      candidate('a'),
      candidate('b', { costUsd: 1 }),
    ];
    expect(chosenUnder(COST, candidates)).toBe('a');
    expect(chosenUnder({ ...COST, excludedModels: ['a'] }, candidates)).toBe('b');
  });

  it('reads the propensities of both choices, and only those that are recorded', () => {
    const candidates = [candidate('a'), candidate('b', { pGood: 0.9 }), candidate('toString', { pGood: 1 })];
    const logged = decision(candidates, { a: 0.75, b: 0.25 });
    expect(rescore(logged, { ...QUALITY, excludedModels: ['toString'] })).toMatchObject({
      propensity: 0.75,
      propensityNew: 0.25,
      explored: true,
    });
    expect(rescore(logged, QUALITY)).toMatchObject({ propensityNew: 0 });
    expect(rescore(decision(candidates), QUALITY).explored).toBe(false);
  });

  it('says whether the recorded figures give the best of the recorded scores', () => {
    const candidates = [candidate('a', { score: 2, costUsd: 0.001 }), candidate('b', { score: 1 })];
    expect(rescore(decision(candidates), ANY).isReproduced).toBe(true);
    const [a, b] = candidates;
    expect(rescore(decision([{ ...a!, score: 0 }, b!]), ANY).isReproduced).toBe(false);
  });

  it('never chooses what another candidate beats at everything', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const weights = fc.record({ cost: share, quality: share, speed: share });
    const figures = fc.record({ pGood: share, costUsd: share, latencyMs: fc.nat(60_000) });
    fc.assert(
      fc.property(fc.array(figures, { minLength: 1, maxLength: 6 }), weights, (listed, preferences) => {
        const candidates = listed.map((given, index) => candidate(`model-${index}`, given));
        const { chosenNew } = rescore(decision(candidates), { ...ANY, preferences });
        const isBeaten = candidates.some(
          ({ pGood, costUsd, latencyMs }) =>
            preferences.cost * preferences.quality * preferences.speed > 0.001 &&
            pGood > chosenNew!.pGood + 0.01 &&
            costUsd! < chosenNew!.costUsd! - 0.01 &&
            latencyMs < chosenNew!.latencyMs - 100,
        );
        expect(isBeaten).toBe(false);
      }),
    );
  });
});
