import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Bounds,
  type Estimate,
  estimateOffPolicy,
  type LoggedDecision,
  type OffPolicyEstimates,
} from '../../src/evaluation/off-policy.js';
import { seededRandom, type SeededRandom } from '../../src/testing/random.js';

const decision = (given: Partial<LoggedDecision> = {}): LoggedDecision => ({
  value: 1,
  predicted: 0.5,
  predictedNew: 0.5,
  agrees: true,
  propensity: 1,
  propensityNew: 1,
  ...given,
});

/** Where so much is known that nothing is `null`. */
function estimates(decisions: readonly LoggedDecision[], bounds?: Bounds): OffPolicyEstimates {
  const found = estimateOffPolicy(decisions, bounds);
  if (found === null) throw new Error('expected estimates');
  return found;
}

/** P(good) of each arm for an easy and for a hard ask. */
const QUALITY = [
  [0.85, 0.25],
  [0.9, 0.55],
  [0.95, 0.8],
] as const;
/** How the logged policy chooses, by ask. */
const LOGGED = [
  [0.7, 0.2, 0.1],
  [0.2, 0.5, 0.3],
] as const;
const HARD_SHARE = 0.4;
/** The new policy: the weakest for easy asks, the strongest for hard ones. */
const newArm = (ask: 0 | 1): 0 | 2 => (ask === 0 ? 0 : 2);
const TRUTH = (1 - HARD_SHARE) * QUALITY[0][0] + HARD_SHARE * QUALITY[2][1];

interface Flaws {
  /** What the model says of an arm. @default the truth */
  readonly model?: (arm: number, ask: 0 | 1) => number;
  /** What is recorded of a propensity. @default the truth */
  readonly recorded?: (propensity: number) => number;
}

function simulatedLog(random: SeededRandom, size: number, flaws: Flaws = {}): LoggedDecision[] {
  const truth = (arm: number, ask: 0 | 1): number => QUALITY[arm]?.[ask] ?? 0;
  const same = (propensity: number): number => propensity;
  const { model = truth, recorded = same } = flaws;
  return Array.from({ length: size }, () => {
    const ask = random() < HARD_SHARE ? 1 : 0;
    const luck = random();
    const [first, second] = LOGGED[ask];
    const arm = luck < first ? 0 : luck < first + second ? 1 : 2;
    const other = newArm(ask);
    return {
      value: random() < QUALITY[arm][ask] ? 1 : 0,
      predicted: model(arm, ask),
      predictedNew: model(other, ask),
      agrees: arm === other,
      propensity: recorded(LOGGED[ask][arm]),
      propensityNew: recorded(LOGGED[ask][other]),
    };
  });
}

interface Repeated {
  /** Share of repetitions whose interval holds the truth. */
  readonly coverage: number;
  readonly bias: number;
}

const REPETITIONS = 600;

/** Each estimator over the same seeded logs of 500 decisions. */
function repeat(
  flaws: Flaws,
): Record<'inversePropensity' | 'selfNormalized' | 'doublyRobust' | 'modelBased', Repeated> {
  const random = seededRandom(20_261_127);
  const runs = Array.from({ length: REPETITIONS }, () => estimates(simulatedLog(random, 500, flaws)));
  const of = (pick: (run: OffPolicyEstimates) => Estimate | null): Repeated => {
    const found = runs.map(pick).filter((estimate) => estimate !== null);
    const covered = found.filter(
      ({ interval }) => interval && interval.low <= TRUTH && TRUTH <= interval.high,
    );
    const total = found.reduce((sum, { mean }) => sum + mean, 0);
    return { coverage: covered.length / runs.length, bias: total / runs.length - TRUTH };
  };
  return {
    inversePropensity: of((run) => run.inversePropensity),
    selfNormalized: of((run) => run.selfNormalized),
    doublyRobust: of((run) => run.doublyRobust),
    modelBased: of((run) => run.modelBased),
  };
}

/** A binomial of 600 at 0.95 has a deviation of 0.009; the normal approximation is off by a little more. */
function expectCovering({ coverage, bias }: Repeated): void {
  expect(coverage).toBeGreaterThan(0.93);
  expect(coverage).toBeLessThan(0.97);
  expect(Math.abs(bias)).toBeLessThan(0.005);
}

describe('estimateOffPolicy, on logs of known truth', () => {
  it('covers it 95 times in a hundred where propensities and model are right', () => {
    const { inversePropensity, selfNormalized, doublyRobust, modelBased } = repeat({});
    expectCovering(inversePropensity);
    expectCovering(selfNormalized);
    expectCovering(doublyRobust);
    expect(Math.abs(modelBased.bias)).toBeLessThan(0.005);
  });

  it('does so with a wrong model: the propensities correct it', () => {
    const { doublyRobust, modelBased } = repeat({ model: (arm) => 0.9 - 0.3 * arm });
    expectCovering(doublyRobust);
    expect(Math.abs(modelBased.bias)).toBeGreaterThan(0.1);
  });

  it('is right with wrong propensities where the model is right, as inverse propensity is not', () => {
    const { inversePropensity, doublyRobust } = repeat({ recorded: (propensity) => propensity ** 2 });
    expect(Math.abs(doublyRobust.bias)).toBeLessThan(0.01);
    expect(inversePropensity.bias).toBeGreaterThan(0.3);
    expect(inversePropensity.coverage).toBeLessThan(0.5);
  });

  it('is wrong where both are', () => {
    const flaws = { model: () => 0.2, recorded: (propensity: number): number => propensity ** 2 };
    expect(Math.abs(repeat(flaws).doublyRobust.bias)).toBeGreaterThan(0.1);
  });

  it('varies less doubly robust with a good model, and less self-normalised, than plainly weighed', () => {
    const run = estimates(simulatedLog(seededRandom(1), 500));
    const width = (estimate: Estimate | null): number =>
      (estimate?.interval?.high ?? NaN) - (estimate?.interval?.low ?? NaN);
    expect(width(run.doublyRobust)).toBeLessThan(0.7 * width(run.inversePropensity));
    expect(width(run.selfNormalized)).toBeLessThan(0.7 * width(run.inversePropensity));
  });
});

describe('estimateOffPolicy', () => {
  it('has nothing to say of nothing', () => {
    expect(estimateOffPolicy([])).toBeNull();
  });

  it('is the logged mean where both policies are one', () => {
    const log = Array.from({ length: 30 }, (_, index) => decision({ value: index % 2 }));
    const { logged, inversePropensity, selfNormalized, doublyRobust, difference, effectiveDecisions } =
      estimates(log);
    expect(effectiveDecisions).toBe(30);
    expect(logged.mean).toBe(0.5);
    // Bessel's correction: the deviation of 15 zeros and 15 ones is √(7.5 / 29).
    expect(logged.interval?.high).toBeCloseTo(0.5 + 1.959964 * Math.sqrt(7.5 / 29 / 30), 12);
    for (const estimate of [inversePropensity, selfNormalized, doublyRobust])
      expect(estimate).toEqual(logged);
    expect(difference).toEqual({ mean: 0, interval: null });
  });

  it('weighs by hand', () => {
    const { inversePropensity, selfNormalized, doublyRobust, modelBased, logged, difference } = estimates([
      decision({ value: 1, predicted: 0.8, predictedNew: 0.8, propensity: 0.5, propensityNew: 0.5 }),
      decision({ value: 0, predicted: 0.4, predictedNew: 0.4, propensity: 0.25, propensityNew: 0.25 }),
      decision({
        value: 1,
        predicted: 0.6,
        predictedNew: 0.9,
        agrees: false,
        propensity: 0.9,
        propensityNew: 0.1,
      }),
    ]);
    expect(inversePropensity?.mean).toBeCloseTo(2 / 3, 12);
    expect(selfNormalized?.mean).toBeCloseTo(2 / 6, 12);
    expect(modelBased.mean).toBeCloseTo(2.1 / 3, 12);
    // (0.8 + 2 · 0.2) + (0.4 − 4 · 0.4) + 0.9.
    expect(doublyRobust.mean).toBeCloseTo((1.2 - 1.2 + 0.9) / 3, 12);
    expect(difference.mean).toBeCloseTo(doublyRobust.mean - logged.mean, 12);
  });

  it('gives no interval to fewer than twenty effective decisions', () => {
    const { logged, doublyRobust, inversePropensity } = estimates([decision(), decision({ value: 0 })]);
    expect([logged, doublyRobust, inversePropensity].map((estimate) => estimate?.interval)).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('gives no interval where nothing varied, be it by a rounding', () => {
    const log = Array.from({ length: 20 }, () =>
      decision({ value: 0.7, predicted: 0.7, predictedNew: 0.7, propensity: 0.3, propensityNew: 0.3 }),
    );
    const none = { interval: null };
    expect(estimates(log)).toMatchObject({ logged: none, selfNormalized: none, doublyRobust: none });
    const varied = [...log, decision({ value: 0.8, propensity: 0.3, propensityNew: 0.3 })];
    expect(estimates(varied).selfNormalized?.interval).not.toBeNull();
  });

  it('ends intervals at the bounds, and has none beyond', () => {
    const bounds = { low: 0, high: 1 };
    const log = Array.from({ length: 40 }, (_, index) => decision({ value: index === 0 ? 0 : 1 }));
    const free = estimates(log).logged.interval!;
    expect(free.high).toBeGreaterThan(1);
    expect(estimates(log, bounds).logged.interval).toEqual({ low: free.low, high: 1 });
    // By luck, what was improbable came each time.
    const lucky = log.map((one) => ({ ...one, propensity: 0.2, propensityNew: 0.2 }));
    expect(estimates(lucky, bounds).inversePropensity).toEqual({ mean: 4.875, interval: null });
    const { difference } = estimates(
      lucky.map((one, index) => ({ ...one, predicted: index % 2 === 0 ? 0.5 : 0.8 })),
      bounds,
    );
    expect(difference.interval).toMatchObject({ high: 1 });
  });

  it('leaves it to the model where there is no overlap, and weighs nothing', () => {
    const log = Array.from({ length: 40 }, () =>
      decision({ agrees: false, propensityNew: 0, value: 0.2, predictedNew: 0.7 }),
    );
    expect(estimates(log)).toMatchObject({
      overlapping: 0,
      effectiveDecisions: 0,
      inversePropensity: null,
      selfNormalized: null,
      modelBased: { interval: null },
      doublyRobust: { interval: null },
      difference: { interval: null },
    });
    expect(estimates(log).doublyRobust.mean).toBeCloseTo(0.7, 12);
  });

  it('gives no interval where one decision lacks overlap', () => {
    const log = [
      ...Array.from({ length: 40 }, (_, index) =>
        decision({ value: index % 2, propensity: 0.5, propensityNew: 0.5 }),
      ),
      decision({ agrees: false, propensityNew: 0 }),
    ];
    expect(estimates(log)).toMatchObject({ overlapping: 40, inversePropensity: null });
    expect(estimates(log).doublyRobust.interval).toBeNull();
    expect(estimates(log.slice(0, 40)).doublyRobust.interval).not.toBeNull();
  });

  it('weighs nothing where by chance no choice agrees', () => {
    const log = [decision({ agrees: false, propensity: 0.9, propensityNew: 0.1 })];
    expect(estimates(log)).toMatchObject({ overlapping: 1, inversePropensity: null, selfNormalized: null });
  });

  it('is finite, keeps to the order of no decisions, and has at most as many effective ones as there are', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const chance = fc.double({ min: 0.01, max: 1, noNaN: true });
    const logged = fc
      .record({
        value: share,
        predicted: share,
        predictedNew: share,
        agrees: fc.boolean(),
        propensity: chance,
      })
      .map((given) => ({
        ...given,
        ...(given.agrees ? { predictedNew: given.predicted } : {}),
        propensityNew: given.agrees ? given.propensity : 1 - given.propensity,
      }));
    fc.assert(
      fc.property(fc.array(logged, { minLength: 1, maxLength: 60 }), (log) => {
        const run = estimates(log);
        const backwards = estimates([...log].reverse());
        for (const name of ['logged', 'doublyRobust', 'difference', 'modelBased'] as const) {
          expect(run[name].mean).toBeCloseTo(backwards[name].mean, 9);
          const { mean, interval } = run[name];
          if (interval !== null) expect(interval.low <= mean && mean <= interval.high).toBe(true);
        }
        expect(run.effectiveDecisions).toBeLessThanOrEqual(log.length + 1e-9);
        expect(run.selfNormalized?.mean ?? 0).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });
});
