/** What is told of which balance; how a balance comes about is the test of CreditBalance. */
import { describe, expect, it } from 'vitest';
import { CreditThresholds } from '../../src/credits/credit-thresholds.js';
import { EventBus, type RouteLLEvent } from '../../src/events.js';
import type { CreditStatus } from '../../src/types.js';

const used = (usedCredits: number | null, grantedCredits: number | null): CreditStatus => ({
  remainingCredits: usedCredits === null || grantedCredits === null ? null : grantedCredits - usedCredits,
  usedCredits,
  grantedCredits,
  unit: 'credits',
  source: 'account',
  asOf: 0,
  lagSeconds: null,
});

function fixture() {
  const events = new EventBus();
  const told: RouteLLEvent[] = [];
  events.subscribe((event) => told.push(event));
  const thresholds = new CreditThresholds({ low: 100, critical: 10, creditIn: () => 1, events });
  const consider = (status: CreditStatus, isRicher = false): readonly unknown[] => {
    told.length = 0;
    thresholds.consider(status, { at: 7, isRicher });
    return told.map((event) => (event.type === 'budget-threshold' ? event.share : event.type));
  };
  return { consider, told };
}

describe('CreditThresholds', () => {
  it('tells each threshold that a balance passes, and then no more', () => {
    const { consider, told } = fixture();
    expect(consider(used(799, 1000))).toEqual([]);
    expect(consider(used(800, 1000))).toEqual([0.8]);
    expect(told).toEqual([
      {
        type: 'budget-threshold',
        at: 7,
        scope: 'credits',
        unit: 'credits',
        share: 0.8,
        spent: 800,
        limit: 1000,
      },
    ]);
    expect(consider(used(995, 1000))).toEqual(['credits-low', 'credits-critical', 0.95]);
    expect(consider(used(1000, 1000))).toEqual([]);
  });

  it('tells nothing of a balance that is not known, nor of none that was granted', () => {
    const { consider } = fixture();
    expect([...consider(used(null, 1000)), ...consider(used(1000, null))]).toEqual([]);
    expect(consider(used(0, 0))).toEqual(['credits-low', 'credits-critical']);
  });

  it.each<[string, boolean, number, boolean]>([
    ['the account is richer and well above', true, 7500, true],
    ['the account is richer, but hardly above', true, 7501, false],
    ['only our own count has fallen', false, 0, false],
  ])('after that, where %s', (_, isRicher, usedCredits, isToldAgain) => {
    const { consider } = fixture();
    expect(consider(used(8000, 10_000))).toEqual([0.8]);
    expect(consider(used(usedCredits, 10_000), isRicher)).toEqual([]);
    expect(consider(used(8000, 10_000))).toEqual(isToldAgain ? [0.8] : []);
  });
});
