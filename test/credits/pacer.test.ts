import { describe, expect, it } from 'vitest';
import type { Budget } from 'routell';
import { DemandPattern } from '../../src/credits/demand-pattern.js';
import { Ledger } from '../../src/credits/ledger.js';
import { Pacer, type PacerOptions } from '../../src/credits/pacer.js';
import { fakeClock } from '../fake-clock.js';

const noon = Date.UTC(2026, 9, 15, 12);
const spend = async (ledger: Ledger, costUsd: number, tags: readonly string[] = []): Promise<void> => {
  const request = { callId: 'c', attemptId: 'a', model: 'm', provider: 'p', session: 's' };
  const lease = await ledger.reserve({ ...request, tags, boundUsd: costUsd });
  await lease.settle({ costUsd, charged: null });
};
const pacing = (budgets: readonly Budget[], states?: PacerOptions['states']) => {
  const clock = fakeClock(noon);
  const ledger = new Ledger({ budgets, clock, creditsPerUsd: 100 });
  const demand = new DemandPattern();
  const pacer = new Pacer({ budgets, states: states ?? (() => ledger.budgetStates()), demand, clock });
  return { clock, ledger, pacer };
};

describe('Pacer', () => {
  it('paces hard budgets by day and by month, and no others', async () => {
    const day: Budget = { limitUsd: 1, per: 'day' };
    for (const [budget, isOn] of [
      [day, true],
      [{ limitUsd: 1, per: 'month' }, true],
      [{ limitCredits: 100, per: 'day' }, true],
      [{ ...day, mode: 'soft' }, false],
      [{ limitUsd: 1, per: 'hour' }, false],
      [{ limitUsd: 1, per: 'call' }, false],
      [{ limitUsd: 1, per: 'session' }, false],
    ] as const) {
      const { ledger, pacer } = pacing([budget]);
      expect(pacer.isOn).toBe(isOn);
      await spend(ledger, 0.9);
      expect(pacer.multiplier([]) > 1).toBe(isOn);
    }
  });

  it('starts anew with the period, and falls as the day passes', async () => {
    const { clock, ledger, pacer } = pacing([{ limitUsd: 1, per: 'day' }]);
    await spend(ledger, 0.6);
    const atNoon = pacer.multiplier([]);
    expect(atNoon).toBeGreaterThan(2);
    await clock.advance(4 * 3_600_000);
    expect(pacer.multiplier([])).toBeLessThan(atNoon);
    await clock.advance(9 * 3_600_000);
    expect(pacer.multiplier([])).toBe(1);
  });

  it('goes by the budgets of the tags, and by the one that runs out first', async () => {
    const { ledger, pacer } = pacing([
      { limitUsd: 100, per: 'call' },
      { limitUsd: 100, per: 'day' },
      { limitUsd: 1, per: 'day', tag: 'research' },
    ]);
    await spend(ledger, 0.7, ['research']);
    expect(pacer.multiplier([])).toBe(1);
    expect(pacer.multiplier(['research'])).toBeGreaterThan(2);
  });

  it('goes by the zone of the budget', async () => {
    // At noon in UTC 23 hours of the day are over in Auckland.
    const { ledger, pacer } = pacing([{ limitUsd: 1, per: 'day', timeZone: 'Pacific/Auckland' }]);
    await spend(ledger, 0.6);
    expect(pacer.multiplier([])).toBeGreaterThan(1);
  });

  it('does not wait for a store, and goes on where it fails', async () => {
    const { ledger, pacer } = pacing([{ limitUsd: 1, per: 'day' }], () =>
      Promise.resolve(ledger.budgetStates()),
    );
    await spend(ledger, 0.8);
    expect(pacer.multiplier([])).toBe(1);
    await Promise.resolve().then(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(pacer.multiplier([])).toBeGreaterThan(1);
    for (const states of [
      () => Promise.reject(new Error('gone')),
      () => {
        throw new Error('gone');
      },
    ]) {
      expect(pacing([{ limitUsd: 1, per: 'day' }], states).pacer.multiplier([])).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});
