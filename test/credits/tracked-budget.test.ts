import { describe, expect, it } from 'vitest';
import { trackBudgets } from '../../src/credits/tracked-budget.js';

describe('TrackedBudget', () => {
  it('follows a clock that is set back', () => {
    const [budget] = trackBudgets([{ limitUsd: 1, per: 'day' }]);
    const at = (now: number): string | undefined => budget?.accountAt({ callId: '', session: '', now });
    const noon = Date.UTC(2026, 9, 15, 12);
    expect(at(noon)).toBe('0/usd/day/UTC#2026-10-15');
    expect(at(noon - 24 * 3_600_000)).toBe('0/usd/day/UTC#2026-10-14');
    expect(at(noon)).toBe('0/usd/day/UTC#2026-10-15');
    expect(budget?.resetsAt(noon)).toBe(Date.UTC(2026, 9, 16));
    expect(budget?.resetsAt(noon - 24 * 3_600_000)).toBe(Date.UTC(2026, 9, 15));
  });

  it('forgets what it told of the oldest accounts, so that memory is bounded', () => {
    const [budget] = trackBudgets([{ limitUsd: 1, per: 'session' }]);
    expect(budget?.crossings('first', 1)).toEqual([0.8, 0.95]);
    expect(budget?.toldAll('first')).toBe(true);
    for (let session = 0; session < 10_000; session++) budget?.crossings(`s${session}`, 1);
    expect(budget?.toldAll('first')).toBe(false);
    expect(budget?.toldAll('s9999')).toBe(true);
  });
});
