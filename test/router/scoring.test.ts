import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ability } from '../../src/router/ability.js';
import { ModelRouter } from '../../src/router/model-router.js';
import { DEFAULT_WEIGHTS } from '../../src/router/preferences.js';
import type { RankedModel, RoutingSignals } from '../../src/router/router.js';
import {
  costWeight,
  type ScoringRequest,
  probabilityGood,
  rankModels,
  scoreModel,
} from '../../src/router/scoring.js';
import { type ModelCapability, ModelTier, type Preferences, TaskType } from '../../src/types.js';

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
    expect(utility).toBeCloseTo(0.4 * pGood - 0.4 * Math.cbrt(0.007 / 0.5) - (0.2 * 6000) / 30_000, 12);
  });

  it('lets health multiply the probability, between 0 and 1', () => {
    expect(score({ health: 0.5 }).pGood).toBeCloseTo(score().pGood / 2, 12);
    expect(score({ health: 0 }).pGood).toBe(0);
    expect(score({ health: 7 }).pGood).toBe(score().pGood);
  });

  it('counts the wait as latency', () => {
    expect(score({ waitMs: 2000 }).latencyMs).toBe(score().latencyMs + 2000);
  });

  it('leaves a wait without end out where speed is no matter', () => {
    const { score } = scoreModel(
      MODEL,
      REQUEST,
      { cost: 0.5, quality: 0.5, speed: 0 },
      { ...QUIET, waitMs: Infinity },
    );
    expect(score).toBe(scoreModel(MODEL, REQUEST, { cost: 0.5, quality: 0.5, speed: 0 }).score);
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
    expect(plain.score - paced.score).toBeCloseTo(0.4 * Math.cbrt(0.007 / 0.5), 12);
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

const price = fc.double({ min: 0, max: 80, noNaN: true });
const drawnPrices = fc.oneof(
  fc.record({ input: price, output: price }),
  fc
    .record({ input: price, output: price, share: fc.double({ min: 0, max: 1, noNaN: true }) })
    .map(({ input, output, share }) => ({ input, output, cached: input * share })),
);
/** A model of which anything may be unknown, but its name. */
const drawnModel = fc.record(
  {
    prices: fc.oneof(drawnPrices, fc.constant(null)),
    quality: fc
      .tuple(fc.integer({ min: 1000, max: 1600 }), fc.constantFrom('high' as const, 'low' as const))
      .map(([overall, confidence]) => ({ overall, confidence })),
    qualityScore: fc.double({ min: 0, max: 1, noNaN: true }),
    tier: fc.constantFrom(...Object.values(ModelTier)),
    strengths: fc.subarray(Object.values(TaskType)),
    typicalFirstTokenMs: fc.integer({ min: 1, max: 20_000 }),
    typicalTokensPerSecond: fc.integer({ min: 1, max: 500 }),
    maxOutput: fc.integer({ min: 1, max: 100_000 }),
    unlimited: fc.boolean(),
  },
  { requiredKeys: [] },
);
const share = fc.double({ min: 0, max: 1, noNaN: true });
const drawnSignals = fc.record({
  health: share,
  waitMs: fc.integer({ min: 0, max: 60_000 }),
  creditsMode: fc.constantFrom('normal' as const, 'low' as const, 'critical' as const),
  costMultiplier: fc.double({ min: 1, max: 8, noNaN: true }),
  warmPrefixTokens: fc.nat(200_000),
  outputTokens: fc.oneof(fc.constant(null), fc.nat(10_000)),
  latencyMs: fc.oneof(fc.constant(null), fc.nat(60_000)),
});
const drawnRequest: fc.Arbitrary<ScoringRequest> = fc.record({
  tasks: fc.constantFrom(
    [['analysis', 1]] as const,
    [
      ['math', 0.5],
      ['reasoning', 0.5],
    ] as const,
  ),
  difficulty: share,
  uncertainty: fc.double({ min: 0, max: 0.5, noNaN: true }),
  inputTokens: fc.nat(400_000),
  outputTokens: fc.integer({ min: 1, max: 8000 }),
  outputCap: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 8000 })),
  choices: fc.integer({ min: 1, max: 3 }),
  at: fc.constant(0),
  latencyFactor: fc.double({ min: 0.1, max: 10, noNaN: true }),
});

/** A catalogue with what is known of each model now, and one draw of their abilities. */
interface Scene {
  readonly models: readonly ModelCapability[];
  readonly request: ScoringRequest;
  readonly signals: ReadonlyMap<string, RoutingSignals>;
}
const scenes: fc.Arbitrary<Scene> = fc
  .record({
    drawn: fc.array(fc.tuple(drawnModel, drawnSignals, fc.boolean(), share), { minLength: 2, maxLength: 12 }),
    request: drawnRequest,
    learned: fc.boolean(),
  })
  .map(({ drawn, request, learned }) => {
    const models = drawn.map(([model], index): ModelCapability => ({ name: `model-${index}`, ...model }));
    const abilities = new Map(models.map(({ name }, index) => [name, drawn[index]![3] * 1.5]));
    const abilityOf = ({ name }: ModelCapability): Ability => ({
      ability: abilities.get(name) ?? 0.5,
      deviation: 0,
    });
    return {
      models,
      request: learned ? { ...request, abilityOf } : request,
      signals: new Map(
        drawn.flatMap(([, signals, isHeard], index) => (isHeard ? [[`model-${index}`, signals]] : [])),
      ),
    };
  });

const normalized = (weights: Required<Preferences>): Required<Preferences> => {
  const sum = weights.cost + weights.quality + weights.speed;
  return { cost: weights.cost / sum, quality: weights.quality / sum, speed: weights.speed / sum };
};

describe('rankModels', () => {
  /** What the addition of doubles loses. */
  const SLACK = 1e-9;
  /** What cost weighs in a score, its stand-in and its multiplier included. */
  const costTerm = ({ models, request, signals }: Scene, name: string): number => {
    const onlyCost = { cost: 1, quality: 0, speed: 0 };
    const model = models.find((one) => one.name === name)!;
    return -scoreModel(model, request, onlyCost, signals.get(name)).score;
  };
  /** Compares the best before a weight is raised with the best after. */
  const whenRaised = (
    raised: keyof Preferences,
    judge: (before: RankedModel, after: RankedModel, scene: Scene) => void,
  ): void => {
    const weight = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        scenes,
        fc.record({ cost: weight, quality: weight, speed: weight }),
        weight,
        (scene, before, more) => {
          fc.pre(before.cost + before.quality + before.speed > 0.01);
          const after = { ...before, [raised]: before[raised] + more };
          const { models, request, signals } = scene;
          const best = (weights: Required<Preferences>): RankedModel =>
            rankModels(models, request, normalized(weights), signals)[0]!;
          judge(best(before), best(after), scene);
        },
      ),
    );
  };

  it('never goes to a dearer model when cost matters more', () => {
    whenRaised('cost', (before, after, scene) => {
      expect(costTerm(scene, after.model)).toBeLessThanOrEqual(
        costTerm(scene, before.model) * (1 + SLACK) + SLACK,
      );
    });
  });

  it('never goes to a worse model when quality matters more', () => {
    whenRaised('quality', (before, after) => {
      expect(after.pGood).toBeGreaterThanOrEqual(before.pGood - SLACK);
    });
  });

  it('never goes to a slower model when speed matters more', () => {
    whenRaised('speed', (before, after) => {
      expect(after.latencyMs).toBeLessThanOrEqual(before.latencyMs * (1 + SLACK) + 1e-3);
    });
  });

  it('gives a model the same score whoever else is there', () => {
    fc.assert(
      fc.property(scenes, ({ models, request, signals }) => {
        const together = rankModels(models, request, EVEN, signals);
        for (const model of models) {
          expect(together).toContainEqual(rankModels([model], request, EVEN, signals)[0]);
        }
      }),
    );
  });

  it('is a ranking: all models, none before one of a higher score', () => {
    fc.assert(
      fc.property(scenes, ({ models, request, signals }) => {
        const ranked = rankModels(models, request, EVEN, signals);
        expect(ranked.map(({ model }) => model).sort()).toEqual(models.map(({ name }) => name).sort());
        for (const [index, { score }] of ranked.entries()) {
          expect(score).toBeLessThanOrEqual(ranked[index - 1]?.score ?? Infinity);
        }
      }),
    );
  });

  it('does not depend on the order of the candidates, ties included', () => {
    const shuffled = scenes.chain((scene) => {
      // Twins: the same model under many names.
      const twins = ['c', 'a', 'b'].map((name) => ({ ...scene.models[0], name }));
      const models = [...scene.models, ...twins];
      return fc
        .shuffledSubarray(models, { minLength: models.length })
        .map((order) => ({ ...scene, models, order }));
    });
    fc.assert(
      fc.property(shuffled, ({ models, order, request, signals }) => {
        expect(rankModels(order, request, EVEN, signals)).toEqual(rankModels(models, request, EVEN, signals));
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

describe('signals', () => {
  /** The score with a signal as it is, and with it made worse or better. */
  const whenChanged = (
    change: (signals: RoutingSignals, by: number) => Partial<RoutingSignals>,
    judge: (before: number, after: number) => void,
  ): void => {
    fc.assert(
      fc.property(scenes, drawnSignals, share, ({ models, request }, signals, by) => {
        for (const model of models) {
          const changed = { ...signals, ...change(signals, by) };
          judge(
            scoreModel(model, request, EVEN, signals).score,
            scoreModel(model, request, EVEN, changed).score,
          );
        }
      }),
    );
  };
  const notBetter = (before: number, after: number): void => {
    expect(after).toBeLessThanOrEqual(before + 1e-12);
  };

  it('count a model that fails for less', () => {
    whenChanged(({ health }, by) => ({ health: health * by }), notBetter);
  });

  it('count a model that must be waited for for less', () => {
    whenChanged(({ waitMs }, by) => ({ waitMs: waitMs + by * 10_000 }), notBetter);
  });

  it('count cost for more where spending should slow down, by either signal', () => {
    whenChanged(({ costMultiplier }, by) => ({ costMultiplier: costMultiplier * (1 + by) }), notBetter);
    const scarcer = { normal: 'low', low: 'critical', critical: 'critical' } as const;
    whenChanged(({ creditsMode }) => ({ creditsMode: scarcer[creditsMode] }), notBetter);
  });

  it('count a model with a warm cache for more, if its cached tokens are cheaper', () => {
    whenChanged(({ warmPrefixTokens }, by) => ({ warmPrefixTokens: warmPrefixTokens * by }), notBetter);
    const dear = { ...MODEL, prices: { input: 2, output: 10 } };
    expect(score({ warmPrefixTokens: 900 }, dear).score).toBe(score({}, dear).score);
    expect(score({ warmPrefixTokens: 900 }).score).toBeGreaterThan(score().score);
  });
});

describe('at the default weights', () => {
  const { models } = new ModelRouter();
  const paid = models.routable();
  const easy: ScoringRequest = {
    ...REQUEST,
    difficulty: 0.15,
    uncertainty: 0.1,
    inputTokens: 100,
    outputTokens: 150,
  };

  it('gives an easy ask to a free model that answers just as well as a paid one', () => {
    for (const twin of paid) {
      const free = { ...twin, name: 'free', unlimited: true };
      expect(rankModels([twin, free], easy, DEFAULT_WEIGHTS)[0]?.model).toBe('free');
    }
  });

  it('gives an easy ask to a free model of middle size, whatever else is there', () => {
    const free = { ...models.get('openai/gpt-oss-120b')!, name: 'free', unlimited: true };
    expect(rankModels([...paid, free], easy, DEFAULT_WEIGHTS)[0]?.model).toBe('free');
  });

  it('does not give it what it is likely to fail at', () => {
    const free = { name: 'free', unlimited: true, qualityScore: 0.3 };
    const hard = { ...easy, difficulty: 0.7 };
    expect(rankModels([...paid, free], hard, DEFAULT_WEIGHTS)[0]?.model).not.toBe('free');
  });

  it('routes a model of which only a name and a price are known', () => {
    const [first] = rankModels([{ name: 'mine', costPerToken: 1e-6 }], REQUEST, DEFAULT_WEIGHTS);
    expect(first).toMatchObject({ model: 'mine', costUsd: 0.0015 });
    expect(first?.score).toBeGreaterThan(-1);
  });
});

describe('costWeight', () => {
  it('is 1 at 0.50 USD, and grows with the cost', () => {
    expect(costWeight(0.5)).toBe(1);
    expect(costWeight(0)).toBe(0);
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        fc.double({ min: 0, max: 100, noNaN: true }),
        (a, b) => {
          expect(costWeight(a + b)).toBeGreaterThanOrEqual(costWeight(a));
        },
      ),
    );
  });
});
