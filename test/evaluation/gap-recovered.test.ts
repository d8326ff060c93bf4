import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateScores, gapFigures } from '../../src/evaluation/gap-recovered.js';
import { seededRandom } from '../../src/evaluation/random.js';

const rows = (n: number): readonly number[] => Array.from({ length: n }, (_, row) => row);

/** Made-up outcomes, and figures that an implementation of the paper's definition by itself has for them. */
const right = {
  weak: rows(24).map((row) => ((row * 7) % 5 < 2 ? 1 : 0)),
  strong: rows(24).map((row) => ((row * 11) % 7 < 5 ? 1 : 0)),
};
const ratings = {
  weak: rows(37).map((row) => 1 + ((row * 13) % 17) / 2),
  strong: rows(37).map((row) => 3 + ((row * 5) % 15) / 2),
};

const different = rows(24).map((row) => ((row * 37) % 101) / 101);
const fourValues = rows(24).map((row) => (row * 5) % 4);
const gain = right.strong.map((strong, row) => strong - (right.weak[row] ?? 0));
const someTied = rows(37).map((row) => 20 + ((row * 29) % 31) * 3);

describe('evaluateScores', () => {
  it.each([
    {
      scored: 'all different',
      pair: right,
      scores: different,
      expected: [0.403645833333333, 0.6458333333333335, 0.9],
      hasTies: false,
    },
    {
      scored: 'by four values',
      pair: right,
      scores: fourValues,
      expected: [0.46015625, 0.48125, 0.811666666666667],
      hasTies: true,
    },
    {
      scored: 'all the same',
      pair: right,
      scores: rows(24).map(() => 0.3),
      expected: [0.448567708333333, 0.55, 0.79],
      hasTies: true,
    },
    {
      scored: 'by the gain itself',
      pair: right,
      scores: gain,
      expected: [1.033854166666667, 0.166666666666667, 0.266666666666667],
      hasTies: true,
    },
    {
      scored: 'with some ties, none at a decile',
      pair: ratings,
      scores: someTied,
      expected: [0.99920508744038, 0.0875160875160874, 0.263063063063063],
      hasTies: false,
    },
    {
      scored: 'of two rows',
      pair: { weak: [0, 1], strong: [1, 1] },
      scores: [3, 1],
      expected: [0.75, 0.25, 0.4],
      hasTies: false,
    },
  ])('scored $scored', ({ pair, scores, expected, hasTies }) => {
    const figures = evaluateScores(pair, scores);
    for (const [index, name] of (['apgr', 'cpt50', 'cpt80'] as const).entries()) {
      expect(figures[name], name).toBeCloseTo(expected[index] ?? NaN, 12);
    }
    expect(figures.hasTies).toBe(hasTies);
  });

  it('has a curve from always weak to always strong', () => {
    const { curve } = evaluateScores(right, rows(24));
    expect(curve).toHaveLength(11);
    expect(curve[0]).toEqual({ share: 0, quality: 10 / 24 });
    expect(curve.at(-1)).toEqual({ share: 1, quality: 18 / 24 });
  });

  it('has no figure where there is no gap, and none of nothing', () => {
    const none = { apgr: NaN, cpt50: NaN, cpt80: NaN };
    expect(evaluateScores({ weak: [1, 0], strong: [0, 1] }, [1, 2])).toMatchObject(none);
    // The same figures in another order: their sums differ in the last digit.
    const pair = { weak: [0.1, 0.2, 0.3], strong: [0.3, 0.2, 0.1] };
    expect(evaluateScores(pair, [1, 2, 3])).toMatchObject(none);
    expect(evaluateScores({ weak: [], strong: [] }, []).apgr).toBeNaN();
  });
});

describe('gapFigures', () => {
  it('finds where the curve first passes', () => {
    const curve = [
      { share: 0, quality: 0.2 },
      { share: 0.5, quality: 0.6 },
      { share: 1, quality: 0.6 },
    ];
    const figures = gapFigures(curve);
    expect(figures.apgr).toBeCloseTo(0.75, 12);
    expect(figures.cpt50).toBeCloseTo(0.25, 12);
    expect(figures.cpt80).toBeCloseTo(0.4, 12);
  });
});

/** Outcomes in quarters, so that sums are exact, and scores of which no two are the same. */
const quality = fc.integer({ min: 0, max: 4 }).map((quarters) => quarters / 4);
const scored = fc
  .uniqueArray(fc.record({ score: fc.integer({ min: -9999, max: 9999 }), weak: quality, strong: quality }), {
    selector: ({ score }) => score,
    minLength: 12,
    maxLength: 60,
  })
  .filter((cases) => sum(cases.map(({ strong }) => strong)) > sum(cases.map(({ weak }) => weak)));

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

type Cases = readonly { readonly score: number; readonly weak: number; readonly strong: number }[];

function apgrOf(cases: Cases, scoreOf: (scored: Cases[number], row: number) => number): number {
  const pair = { weak: cases.map(({ weak }) => weak), strong: cases.map(({ strong }) => strong) };
  return evaluateScores(pair, cases.map(scoreOf)).apgr;
}

describe('APGR', () => {
  it('is never above that of the oracle', () => {
    fc.assert(
      fc.property(scored, (cases) => {
        const oracle = apgrOf(cases, ({ strong, weak }) => strong - weak);
        expect(apgrOf(cases, ({ score }) => score)).toBeLessThanOrEqual(oracle + 1e-9);
      }),
    );
  });

  it('does not depend on the order of the rows', () => {
    const shuffled = scored.chain((cases) =>
      fc.tuple(fc.constant(cases), fc.shuffledSubarray(cases, { minLength: cases.length })),
    );
    fc.assert(
      fc.property(shuffled, ([cases, others]) => {
        expect(apgrOf(others, ({ score }) => score)).toBeCloseTo(
          apgrOf(cases, ({ score }) => score),
          9,
        );
      }),
    );
  });

  it('depends on the order of the scores only', () => {
    fc.assert(
      fc.property(scored, (cases) => {
        const apgr = apgrOf(cases, ({ score }) => score);
        expect(apgrOf(cases, ({ score }) => 3 * score + 7)).toBeCloseTo(apgr, 9);
        expect(apgrOf(cases, ({ score }) => Math.atan(score / 5000))).toBeCloseTo(apgr, 9);
      }),
    );
  });

  it('is about a half for scores that say nothing', () => {
    const random = seededRandom(3);
    const pair = {
      weak: rows(4000).map(() => (random() < 0.4 ? 1 : 0)),
      strong: rows(4000).map(() => (random() < 0.8 ? 1 : 0)),
    };
    expect(
      Math.abs(
        evaluateScores(
          pair,
          rows(4000).map(() => 1),
        ).apgr - 0.5,
      ),
    ).toBeLessThan(0.02);
    expect(Math.abs(evaluateScores(pair, rows(4000).map(random)).apgr - 0.5)).toBeLessThan(0.04);
  });
});
