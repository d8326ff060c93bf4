import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countRequest, createRequestRate, requestsInLastHour } from '../../src/usage-monitor/request-rate.js';
import { HOUR_MS, MINUTE_MS } from '../../src/usage-monitor/rollups.js';

it('counts the requests of the running minute and the 59 before it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 * MINUTE_MS }), { maxLength: 80 }),
      fc.integer({ min: 0, max: 3 * HOUR_MS }),
      (gapsMs, idleMs) => {
        const rate = createRequestRate();
        const times: number[] = [];
        let nowMs = 123_456;
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          times.push(nowMs);
          countRequest(rate, nowMs);
        }
        nowMs += idleMs;
        const minute = Math.floor(nowMs / MINUTE_MS);
        const expected = times.filter((time) => Math.floor(time / MINUTE_MS) > minute - 60).length;
        expect(requestsInLastHour(rate, nowMs)).toBe(expected);
      },
    ),
  );
});
