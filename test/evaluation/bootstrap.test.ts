import { describe, expect, it } from 'vitest';
import { bootstrapGap, interval95 } from '../../src/evaluation/bootstrap.js';
import { evaluateScores } from '../../src/evaluation/gap-recovered.js';
import { seededRandom } from '../../src/evaluation/random.js';
import { rankings } from '../../src/evaluation/strong-share-curve.js';

/** Prompts of growing hardness: scores that follow it tell where the strong model is needed. */
function outcomes(n: number): { pair: { weak: number[]; strong: number[] }; hardness: number[] } {
  const random = seededRandom(11);
  const hardness = Array.from({ length: n }, random);
  return {
    hardness,
    pair: {
      weak: hardness.map((hard) => (random() > hard ? 1 : 0)),
      strong: hardness.map((hard) => (random() > hard * 0.4 ? 1 : 0)),
    },
  };
}

function apgrInterval(n: number): { low: number; high: number; value: number } {
  const { pair, hardness } = outcomes(n);
  const { hard } = bootstrapGap(pair, { hard: rankings(hardness) });
  return { ...interval95(hard.map(({ apgr }) => apgr)), value: evaluateScores(pair, hardness).apgr };
}

describe('bootstrapGap', () => {
  it('has an interval around the figure, the narrower the more rows there are', () => {
    const [few, many] = [apgrInterval(200), apgrInterval(3200)];
    for (const { low, high, value } of [few, many]) {
      expect(low).toBeLessThan(value);
      expect(high).toBeGreaterThan(value);
    }
    // Four times as wide for a sixteenth of the rows.
    const ratio = (few.high - few.low) / (many.high - many.low);
    expect(ratio).toBeGreaterThan(2.5);
    expect(ratio).toBeLessThan(6);
  });

  it('is the same in each run', () => {
    expect(apgrInterval(100)).toEqual(apgrInterval(100));
  });

  it('draws the same rows for every scorer', () => {
    const { pair, hardness } = outcomes(150);
    const drawn = bootstrapGap(pair, {
      hard: rankings(hardness),
      same: rankings(hardness.map((hard) => 2 * hard)),
      constant: rankings(hardness.map(() => 1)),
    });
    expect(drawn.same).toEqual(drawn.hard);
    expect(drawn.constant).toHaveLength(drawn.hard.length);
    expect(drawn.constant).not.toEqual(drawn.hard);
  });
});

describe('interval95', () => {
  it('leaves out what is no number', () => {
    const values = Array.from({ length: 101 }, (_, index) => index);
    expect(interval95([...values, NaN, Infinity])).toEqual({ low: 2.5, high: 97.5 });
    expect(interval95([]).low).toBeNaN();
  });
});
