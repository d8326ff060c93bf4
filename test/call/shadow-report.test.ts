import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ShadowComparison, ShadowTally } from '../../src/call/shadow-report.js';

const compared = (
  chosenModel: string,
  shadowModel: string,
  costs: Partial<ShadowComparison> = {},
): ShadowComparison => ({ chosenModel, shadowModel, estimatedCostUsd: 1, shadowCostUsd: 3, ...costs });

describe('ShadowTally', () => {
  it('has no share before the first decision', () => {
    expect(new ShadowTally('router').report()).toMatchObject({
      decisions: 0,
      agreementShare: null,
      byPair: [],
    });
  });

  it('adds up what is known of both', () => {
    const tally = new ShadowTally('server');
    tally.add(compared('a', 'b'));
    tally.add(compared('a', 'b', { estimatedCostUsd: null }));
    tally.add(compared('b', 'a', { estimatedCostUsd: 3, shadowCostUsd: 1 }));
    tally.add(compared('a', 'a', { shadowCostUsd: 1 }));
    tally.miss();
    expect(tally.report()).toEqual({
      kind: 'server',
      decisions: 4,
      agreements: 1,
      agreementShare: 0.25,
      missed: 1,
      estimatedCostUsd: 5,
      shadowCostUsd: 5,
      costDifferenceUsd: 0,
      unknownCostDecisions: 1,
      byPair: [
        { chosenModel: 'a', shadowModel: 'b', decisions: 2, costDifferenceUsd: 2 },
        { chosenModel: 'b', shadowModel: 'a', decisions: 1, costDifferenceUsd: -2 },
      ],
    });
  });

  it('shows ten pairs, the most frequent first, and holds a thousand', () => {
    const tally = new ShadowTally('router');
    for (let index = 0; index < 1200; index++) tally.add(compared('a', `model-${index}`));
    tally.add(compared('a', 'model-999'));
    tally.add(compared('a', 'model-1100'));
    tally.add(compared('a', 'model-1100'));
    const { byPair, decisions } = tally.report();
    expect(decisions).toBe(1203);
    expect(byPair).toHaveLength(10);
    expect(byPair[0]).toMatchObject({ shadowModel: 'model-999', decisions: 2 });
    expect(byPair.map(({ shadowModel }) => shadowModel)).not.toContain('model-1100');
  });

  it('has agreements and disagreements that sum to its decisions', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name)), (pairs) => {
        const tally = new ShadowTally('router');
        for (const [chosen, shadow] of pairs) tally.add(compared(chosen, shadow));
        const { decisions, agreements, byPair } = tally.report();
        const disagreements = byPair.reduce((sum, pair) => sum + pair.decisions, 0);
        expect([decisions, agreements + disagreements]).toEqual([pairs.length, pairs.length]);
      }),
    );
  });
});
