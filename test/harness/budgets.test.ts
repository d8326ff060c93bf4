/** The run at the edge of a budget, small: so that it cannot rot, and finds what it is there to find. */
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/evaluation/random.js';
import { drawnBudget } from './budgets-draw.js';
import { LEAST_TIGHT_USE, runBudgets } from './budgets-run.js';

describe('200 calls at the edge of a hard budget', () => {
  it('never overspend it by the upstream’s book, and use it', { timeout: 240_000 }, async () => {
    const report = await runBudgets({ rounds: 4, seed: 1 });
    expect(report.findings.filter(({ broken }) => broken > 0)).toEqual([]);
    expect(report).toMatchObject({ rounds: 4, overspent: 0 });
    expect(report.tightRounds).toBeGreaterThan(0);
    expect(report.tightUse).toBeGreaterThan(LEAST_TIGHT_USE);
    // It was at the edge indeed, and the mixture was one.
    expect(report.worstUseByUpstream).toBeGreaterThan(LEAST_TIGHT_USE);
    expect(Object.keys(report.endings)).toEqual(expect.arrayContaining(['success', 'budget', 'aborted']));
  });

  it('are drawn from the seed, of every kind', () => {
    const drawn = (seed: number): ReturnType<typeof drawnBudget> =>
      drawnBudget(seededRandom(seed), { name: 'round', calls: 20, dearest: 20, creditsPerUsd: 1000 });
    expect(drawn(5)).toEqual(drawn(5));
    const rounds = Array.from({ length: 60 }, (_, seed) => drawn(seed));
    expect(new Set(rounds.map(({ budgets: [{ per }] }) => per)).size).toBe(5);
    expect(new Set(rounds.map(({ unit }) => unit)).size).toBe(2);
    expect(new Set(rounds.map(({ isTight }) => isTight)).size).toBe(2);
  });
});
