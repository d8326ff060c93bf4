/** The simulation, tiny: one seed is one run, and the invariants hold. */
import { describe, expect, it } from 'vitest';
import { Findings } from './findings.js';
import { outage } from './outage.js';
import { simulate } from './simulation.js';

describe('simulation', () => {
  it('finds every invariant to hold over 50 runs', { timeout: 120_000 }, async () => {
    const findings = new Findings();
    let [calls, succeeded] = [0, 0];
    for (let seed = 1; seed <= 50; seed++) {
      const run = await simulate(seed, findings);
      calls += run.calls;
      succeeded += run.succeeded;
    }
    expect(findings.broken).toEqual([]);
    // The mixture was one: otherwise all of the above would say little.
    expect(succeeded).toBeGreaterThan(0.2 * calls);
    expect(succeeded).toBeLessThan(0.8 * calls);
  });

  it('makes the same run of the same seed', async () => {
    const [first, again, other] = [
      await simulate(11, new Findings()),
      await simulate(11, new Findings()),
      await simulate(12, new Findings()),
    ];
    expect(again).toEqual(first);
    expect(other.digest).not.toBe(first.digest);
  });
});

describe('an outage', () => {
  it.each([
    [1, 1],
    [1, 64],
    [2, 1],
    [2, 64],
  ])('is not amplified: %i targets, concurrency %i', async (targets, concurrency) => {
    const { attemptsPerCall } = await outage({ seed: 5, calls: 100, concurrency, targets, faultShare: 1 });
    expect(attemptsPerCall).toBeLessThanOrEqual(1.1);
  });

  it.each([
    [1, 0.991],
    [2, 0.999],
  ])('of one request in five is overcome: %i targets', { timeout: 60_000 }, async (targets, least) => {
    const options = { seed: 5, calls: 1000, concurrency: 16, targets, faultShare: 0.2 };
    const { attemptsPerCall, successShare } = await outage(options);
    expect(successShare).toBeGreaterThanOrEqual(least - 0.004);
    expect(attemptsPerCall).toBeLessThanOrEqual(1 / 0.8 + 0.04);
  });
});
