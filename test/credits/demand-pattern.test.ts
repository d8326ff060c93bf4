import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DemandPattern } from '../../src/credits/demand-pattern.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Thursday. */
const start = Date.UTC(2026, 9, 1);

const seenAt = (hours: readonly number[], times = 100): DemandPattern => {
  const pattern = new DemandPattern();
  for (const hour of hours)
    for (let time = 0; time < times; time++) pattern.recordEvidence({ at: start + hour * HOUR_MS });
  return pattern;
};

describe('DemandPattern', () => {
  it('is even before anything was seen', () => {
    const pattern = new DemandPattern();
    expect(pattern.leftShare(start, start + DAY_MS, start + 6 * HOUR_MS)).toBeCloseTo(0.75, 12);
    expect(pattern.leftShare(start, start + DAY_MS, start - 1)).toBe(1);
    expect(pattern.leftShare(start, start + DAY_MS, start + DAY_MS)).toBe(0);
    expect(pattern.leftShare(start, start, start)).toBe(0);
  });

  it('knows a busy morning: once it has passed, most of the day has', () => {
    const pattern = seenAt([8, 9, 10]);
    expect(pattern.leftShare(start, start + DAY_MS, start + 8 * HOUR_MS)).toBeGreaterThan(0.85);
    expect(pattern.leftShare(start, start + DAY_MS, start + 11 * HOUR_MS)).toBeLessThan(0.2);
  });

  it('knows quiet weekdays', () => {
    // A week from Thursday on: with everything seen on Thursdays, little is left after the first day.
    const pattern = seenAt([12], 500);
    expect(pattern.leftShare(start, start + 7 * DAY_MS, start + DAY_MS)).toBeLessThan(0.15);
  });

  it('forgets', () => {
    const pattern = seenAt([8]);
    for (let day = 1; day < 200; day++) pattern.recordEvidence({ at: start + (24 * day + 20) * HOUR_MS });
    const day = start + 200 * DAY_MS;
    expect(pattern.leftShare(day, day + DAY_MS, day + 12 * HOUR_MS)).toBeGreaterThan(0.5);
  });

  it('falls as time passes, from 1 to 0', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60 * 24 })),
        fc.nat(30 * 24),
        fc.nat(48),
        (hours, passed, more) => {
          const pattern = seenAt(hours, 3);
          const to = start + 30 * DAY_MS;
          const early = pattern.leftShare(start, to, start + passed * HOUR_MS);
          const late = pattern.leftShare(start, to, start + (passed + more) * HOUR_MS);
          expect(early).toBeLessThanOrEqual(1);
          expect(late).toBeGreaterThanOrEqual(0);
          expect(late).toBeLessThanOrEqual(early + 1e-12);
        },
      ),
    );
  });

  it('is the same after it was kept, and takes over nothing that makes no sense', () => {
    const before = seenAt([8, 30, 90]);
    const after = new DemandPattern();
    after.restore(JSON.parse(JSON.stringify(before.snapshot())) as never);
    const now = start + 5 * HOUR_MS;
    expect(after.leftShare(start, start + DAY_MS, now)).toBe(before.leftShare(start, start + DAY_MS, now));
    const { data } = before.snapshot();
    for (const snapshot of [
      null,
      { format: 'x', version: 1, data },
      { format: 'routell-demand', version: 2, data },
      { format: 'routell-demand', version: 1, data: null },
      { format: 'routell-demand', version: 1, data: { ...(data as object), byHour: [1] } },
      {
        format: 'routell-demand',
        version: 1,
        data: { ...(data as object), byWeekday: [1, 1, 1, 1, 1, 1, -1] },
      },
    ]) {
      expect(() => after.restore(snapshot as never)).toThrow(TypeError);
    }
    expect(after.snapshot()).toEqual(before.snapshot());
  });
});
