import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RankedModel, RoutingSignals } from '../../src/router/router.js';
import { type ScoringRequest, probabilityGood, rankModels, scoreModel } from '../../src/router/scoring.js';
import type { ModelCapability, Preferences } from '../../src/types.js';

const REQUEST: ScoringRequest = {
  tasks: [['analysis', 1]],
  difficulty: 0.5,
  uncertainty: 0.2,
  inputTokens: 1000,
  outputTokens: 500,
  outputCap: Infinity,
  choices: 1,
  at: 0,
};
const EVEN: Required<Preferences> = { cost: 0.4, quality: 0.4, speed: 0.2 };
const MODEL: ModelCapability = {
  name: 'model',
  prices: { input: 2, output: 10, cached: 0.2 },
  quality: { overall: 1450, confidence: 'high' },
  typicalFirstTokenMs: 1000,
  typicalTokensPerSecond: 100,
};
const QUIET: RoutingSignals = {
  health: 1,
  waitMs: 0,
  creditsMode: 'normal',
  costMultiplier: 1,
  warmPrefixTokens: 0,
  outputTokens: null,
  latencyMs: null,
};
const score = (signals: Partial<RoutingSignals> = {}, model = MODEL, request = REQUEST): RankedModel =>
  scoreModel(model, request, EVEN, { ...QUIET, ...signals });

describe('probabilityGood', () => {
  const model = { ability: 0.7, deviation: 0.05 };

  it('is a half where ability meets difficulty, whatever the uncertainty', () => {
    for (const uncertainty of [0, 0.1, 0.4]) {
      expect(probabilityGood(model, { difficulty: 0.7, uncertainty })).toBeCloseTo(0.5, 12);
    }
  });

  it('falls with difficulty and rises with ability', () => {
    expect(probabilityGood(model, { difficulty: 0.4, uncertainty: 0.1 })).toBeGreaterThan(
      probabilityGood(model, { difficulty: 0.5, uncertainty: 0.1 }),
    );
    expect(
      probabilityGood({ ...model, ability: 0.8 }, { difficulty: 0.5, uncertainty: 0.1 }),
    ).toBeGreaterThan(probabilityGood(model, { difficulty: 0.5, uncertainty: 0.1 }));
  });

  it('pays for uncertainty where success is likely', () => {
    expect(probabilityGood(model, { difficulty: 0.3, uncertainty: 0.3 })).toBeLessThan(
      probabilityGood(model, { difficulty: 0.3, uncertainty: 0.1 }),
    );
  });

  it('gains most from a stronger model in between: not at what is too easy or too hard for both', () => {
    const gain = (difficulty: number): number =>
      probabilityGood({ ability: 0.9, deviation: 0.05 }, { difficulty, uncertainty: 0.1 }) -
      probabilityGood({ ability: 0.6, deviation: 0.05 }, { difficulty, uncertainty: 0.1 });
    expect(gain(0.75)).toBeGreaterThan(gain(0.1));
    expect(gain(0.75)).toBeGreaterThan(gain(1.4));
  });
});

describe('scoreModel', () => {
  it('adds up as written', () => {
    const { score: utility, pGood, costUsd, latencyMs } = score();
    expect(costUsd).toBeCloseTo((1000 * 2 + 500 * 10) / 1e6, 12);
    expect(latencyMs).toBe(1000 + 5000);
    expect(utility).toBeCloseTo(0.4 * pGood - (0.4 * 0.007) / 0.05 - (0.2 * 6000) / 30_000, 12);
  });

  it('lets health multiply the probability, between 0 and 1', () => {
    expect(score({ health: 0.5 }).pGood).toBeCloseTo(score().pGood / 2, 12);
    expect(score({ health: 0 }).pGood).toBe(0);
    expect(score({ health: 7 }).pGood).toBe(score().pGood);
  });

  it('counts the wait as latency', () => {
    expect(score({ waitMs: 2000 }).latencyMs).toBe(score().latencyMs + 2000);
  });

  it('puts observed tokens and latency before what is typical', () => {
    expect(score({ latencyMs: 70 }).latencyMs).toBe(70);
    expect(score({ outputTokens: 100 }).costUsd).toBeCloseTo((1000 * 2 + 100 * 10) / 1e6, 12);
  });

  it('prices a warm prefix as cached, at most the whole prompt', () => {
    expect(score({ warmPrefixTokens: 600 }).costUsd).toBeCloseTo((400 * 2 + 600 * 0.2 + 5000) / 1e6, 12);
    expect(score({ warmPrefixTokens: 1e9 }).costUsd).toBeCloseTo((1000 * 0.2 + 5000) / 1e6, 12);
  });

  it('weighs cost more where spending should slow down, without changing the cost itself', () => {
    const plain = score();
    const paced = score({ costMultiplier: 2 });
    expect(paced.costUsd).toBe(plain.costUsd);
    expect(plain.score - paced.score).toBeCloseTo((0.4 * 0.007) / 0.05, 12);
    expect(score({ creditsMode: 'critical' }).score).toBeLessThan(score({ creditsMode: 'low' }).score);
    expect(score({ creditsMode: 'critical', costMultiplier: 5 }).score).toBe(
      score({ costMultiplier: 5 }).score,
    );
  });

  it('caps the output at what caller and model allow, and counts every choice', () => {
    const capped = { ...REQUEST, outputCap: 50 };
    expect(score({}, MODEL, capped).costUsd).toBeCloseTo((2000 + 500) / 1e6, 12);
    expect(score({}, { ...MODEL, maxOutput: 20 }, capped).costUsd).toBeCloseTo((2000 + 200) / 1e6, 12);
    expect(score({}, MODEL, { ...REQUEST, choices: 3 }).costUsd).toBeCloseTo((2000 + 15_000) / 1e6, 12);
  });

  it('leaves an unknown price unknown, and scores it as the dearest', () => {
    const unpriced = score({}, { ...MODEL, prices: null });
    expect(unpriced.costUsd).toBeNull();
    expect(unpriced.score).toBeLessThan(score().score);
    const dearest = score({}, { ...MODEL, prices: { input: 10, output: 50 } });
    expect(unpriced.score).toBeCloseTo(dearest.score, 12);
  });

  it('counts an unlimited model as free', () => {
    expect(score({}, { ...MODEL, unlimited: true }).costUsd).toBe(0);
  });
});

const weight = fc.double({ min: 0, max: 1, noNaN: true });
const models = fc
  .array(
    fc.record({
      input: fc.double({ min: 0.01, max: 30, noNaN: true }),
      output: fc.double({ min: 0.01, max: 80, noNaN: true }),
      overall: fc.integer({ min: 1150, max: 1530 }),
      typicalFirstTokenMs: fc.integer({ min: 100, max: 5000 }),
    }),
    { minLength: 2, maxLength: 8 },
  )
  .map((drawn) =>
    drawn.map(({ input, output, overall, typicalFirstTokenMs }, index): ModelCapability => ({
      name: `model-${index}`,
      prices: { input, output },
      quality: { overall, confidence: 'low' },
      typicalFirstTokenMs,
    })),
  );

describe('rankModels', () => {
  const SLACK = 1e-9;
  const first = (candidates: readonly ModelCapability[], weights: Required<Preferences>): RankedModel =>
    rankModels(candidates, REQUEST, weights)[0]!;
  const normalized = (weights: Required<Preferences>): Required<Preferences> => {
    const sum = weights.cost + weights.quality + weights.speed;
    return { cost: weights.cost / sum, quality: weights.quality / sum, speed: weights.speed / sum };
  };
  const whenRaised = (
    raised: keyof Preferences,
    judge: (before: RankedModel, after: RankedModel) => void,
  ): void => {
    fc.assert(
      fc.property(models, weight, weight, weight, weight, (candidates, cost, quality, speed, more) => {
        const before = { cost, quality, speed };
        fc.pre(cost + quality + speed > 0.01);
        const after = { ...before, [raised]: before[raised] + more };
        judge(first(candidates, normalized(before)), first(candidates, normalized(after)));
      }),
    );
  };

  it('never goes to a dearer model when cost matters more', () => {
    whenRaised('cost', (before, after) => {
      expect(after.costUsd!).toBeLessThanOrEqual(before.costUsd! + SLACK);
    });
  });

  it('never goes to a worse model when quality matters more', () => {
    whenRaised('quality', (before, after) => {
      expect(after.pGood).toBeGreaterThanOrEqual(before.pGood - SLACK);
    });
  });

  it('never goes to a slower model when speed matters more', () => {
    whenRaised('speed', (before, after) => {
      expect(after.latencyMs).toBeLessThanOrEqual(before.latencyMs + 1e-3);
    });
  });

  it('gives a model the same score whoever else is there', () => {
    fc.assert(
      fc.property(models, (candidates) => {
        const together = rankModels(candidates, REQUEST, EVEN);
        for (const model of candidates) {
          const [alone] = rankModels([model], REQUEST, EVEN);
          expect(together).toContainEqual(alone);
        }
      }),
    );
  });

  it('does not depend on the order of the candidates', () => {
    fc.assert(
      fc.property(models, (candidates) => {
        expect(rankModels([...candidates].reverse(), REQUEST, EVEN)).toEqual(
          rankModels(candidates, REQUEST, EVEN),
        );
      }),
    );
  });

  it('breaks ties by cost, unknown last, then by name', () => {
    const onlySpeed = { cost: 0, quality: 0, speed: 1 };
    const names = rankModels(
      [
        { name: 'unpriced' },
        { name: 'dear', prices: { input: 9, output: 9 } },
        { name: 'b', prices: { input: 1, output: 1 } },
        { name: 'a', prices: { input: 1, output: 1 } },
      ],
      REQUEST,
      onlySpeed,
    ).map(({ model }) => model);
    expect(names).toEqual(['a', 'b', 'dear', 'unpriced']);
  });

  it('takes the signals of each model by its name', () => {
    const twins = [MODEL, { ...MODEL, name: 'twin' }];
    const signals = new Map([['model', { ...QUIET, health: 0.2 }]]);
    expect(rankModels(twins, REQUEST, EVEN, signals)[0]?.model).toBe('twin');
  });
});
