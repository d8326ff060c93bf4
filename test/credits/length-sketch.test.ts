import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/evaluation/random.js';
import { type LengthBin, LengthSketch } from '../../src/credits/length-sketch.js';

const sketchOf = (lengths: readonly number[], cutAt = Infinity): LengthSketch => {
  const sketch = new LengthSketch();
  for (const length of lengths) sketch.add(Math.min(length, cutAt), length > cutAt);
  return sketch;
};
const quantile = (lengths: readonly number[], share: number): number =>
  [...lengths].sort((a, b) => a - b)[Math.ceil(share * lengths.length) - 1]!;

/** Log-normal with σ = 0.7 around 1. */
function lengthsOf(count: number, seed: number, median = 1): readonly number[] {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, () => median * Math.exp(0.7 * normal()));
}

describe('LengthSketch', () => {
  it('tells quantiles to within a tenth, above what was seen', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 900, noNaN: true }), { minLength: 20, maxLength: 60 }),
        fc.double({ min: 0.1, max: 0.9 }),
        (lengths, share) => {
          const sketch = sketchOf(lengths);
          // Old answers count a little less: the rank may be off by two.
          const told = sketch.atMost(share)!;
          const margin = 3 / lengths.length;
          expect(told).toBeGreaterThanOrEqual(0.999 * quantile(lengths, Math.max(0.01, share - margin)));
          expect(told).toBeLessThanOrEqual(1.101 * quantile(lengths, Math.min(1, share + margin)));
        },
      ),
    );
  });

  it('does not take cut answers for short ones', () => {
    const lengths = lengthsOf(2000, 1);
    const whole = sketchOf(lengths);
    const cut = sketchOf(lengths, 2);
    expect(cut.atMost(0.5)! / whole.atMost(0.5)!).toBeCloseTo(1, 1);
    expect(cut.atMost(0.95)).toBeNull();
    expect(sketchOf(lengths.map((length) => Math.min(length, 2))).atMost(0.95)).not.toBeNull();
  });

  it('cannot tell from too few', () => {
    expect(new LengthSketch().atMost(0.5)).toBeNull();
    expect(sketchOf(lengthsOf(90, 1)).atMost(0.99)).toBeNull();
    expect(sketchOf(lengthsOf(120, 1)).atMost(0.99)).not.toBeNull();
  });

  it('forgets: what was 6,000 answers ago counts no more', () => {
    const sketch = sketchOf([...lengthsOf(2000, 1, 100), ...lengthsOf(6000, 2)]);
    expect(sketch.atMost(0.95)).toBeLessThan(5);
    expect(sketch.mean()).toBeCloseTo(Math.exp(0.245), 0);
    expect(sketch.longest()).toBeLessThan(30);
    expect(sketch.count).toBeCloseTo(500, -1);
  });

  it('averages, and takes what was cut to be as long as the longest', () => {
    expect(sketchOf([1, 1, 1, 3]).mean()).toBeCloseTo(1.5, 0);
    expect(sketchOf([1, 1, 10, 10], 5).mean()).toBeGreaterThan(2.8);
    expect(new LengthSketch().mean()).toBe(0);
  });

  it('is the same after it was kept', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), fc.boolean())),
        (answers) => {
          const sketch = new LengthSketch();
          for (const [length, isCut] of answers) sketch.add(length, isCut);
          const kept = new LengthSketch(JSON.parse(JSON.stringify(sketch.bins())) as LengthBin[]);
          expect(kept.count).toBeCloseTo(sketch.count, 6);
          expect(kept.atMost(0.5)).toBe(sketch.atMost(0.5));
          expect(kept.mean()).toBeCloseTo(sketch.mean(), 6);
          expect(kept.bins().length).toBeLessThanOrEqual(145);
        },
      ),
    );
  });

  it('keeps counting after any number of answers', () => {
    const sketch = sketchOf(Array.from({ length: 30_000 }, () => 2));
    expect(sketch.count).toBeCloseTo(500, 3);
    expect(sketch.atMost(0.9)).toBeCloseTo(2.1, 0);
  });
});
