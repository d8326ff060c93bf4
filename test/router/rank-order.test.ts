import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderByScore } from '../../src/router/rank-order.js';

const score = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 1, Infinity, -Infinity));

describe('orderByScore', () => {
  it('is the order of a stable sort, the highest first', () => {
    fc.assert(
      fc.property(fc.array(score, { maxLength: 70 }), (scores) => {
        const sorted = scores
          .map((_, place) => place)
          .sort((a, b) => (scores[a]! > scores[b]! ? -1 : scores[a] === scores[b] ? a - b : 1));
        expect([...orderByScore(scores, (one, other) => one < other)]).toEqual(sorted);
      }),
    );
  });

  it('compares at most n·log₂ n times: equal scores are the most it can meet', () => {
    const comparisonsAt = (length: number): number => {
      let comparisons = 0;
      orderByScore(
        Array.from({ length }, () => 0),
        (one, other) => {
          comparisons++;
          return one < other;
        },
      );
      return comparisons;
    };
    for (const length of [1, 2, 3, 100, 1000, 1024]) {
      expect(comparisonsAt(length)).toBeLessThanOrEqual(length * Math.ceil(Math.log2(length)));
    }
  });
});
