import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bucketUsed,
  bucketWaitMs,
  chargeBucket,
  fullBucket,
  refundBucket,
} from '../../src/rate-limiter/token-bucket.js';

const SHAPE = { limit: 10, windowMs: 10_000 };

describe('token bucket', () => {
  it('is full at first, and refills evenly', () => {
    const bucket = fullBucket();
    expect(bucketWaitMs(bucket, SHAPE, 10, 0)).toBe(0);
    chargeBucket(bucket, SHAPE, 10, 0);
    expect(bucketUsed(bucket, SHAPE, 2500)).toBe(7.5);
    expect(bucketWaitMs(bucket, SHAPE, 1, 0)).toBe(1000);
    expect(bucketWaitMs(bucket, SHAPE, 1, 999)).toBe(1);
    expect(bucketWaitMs(bucket, SHAPE, 1, 1000)).toBe(0);
    expect(bucketUsed(bucket, SHAPE, 1e12)).toBe(0);
  });

  it('gathers no more than its capacity over a night', () => {
    const bucket = fullBucket();
    chargeBucket(bucket, SHAPE, 10, 0);
    chargeBucket(bucket, SHAPE, 10, 3_600_000);
    expect(bucketWaitMs(bucket, SHAPE, 1, 3_600_000)).toBe(1000);
  });

  it('keeps what was charged beyond it as debt', () => {
    const bucket = fullBucket();
    chargeBucket(bucket, SHAPE, 25, 0);
    expect(bucketWaitMs(bucket, SHAPE, 1, 0)).toBe(16_000);
  });

  it('does not refill when time goes back', () => {
    const bucket = fullBucket();
    chargeBucket(bucket, SHAPE, 10, 5000);
    chargeBucket(bucket, SHAPE, 0, 1000);
    expect(bucketUsed(bucket, SHAPE, 5000)).toBe(10);
  });

  it('gives back only what was not refilled since', () => {
    const bucket = fullBucket();
    chargeBucket(bucket, SHAPE, 5, 0);
    refundBucket(bucket, SHAPE, 5, 2000, 2000);
    expect(bucketUsed(bucket, SHAPE, 2000)).toBe(0);
    chargeBucket(bucket, SHAPE, 10, 2000);
    refundBucket(bucket, SHAPE, 5, 5000, 2000);
    expect(bucketUsed(bucket, SHAPE, 2000)).toBe(10);
  });

  it('never lets more through than capacity and refill allow, refunds and all', () => {
    const step = fc.record({
      afterMs: fc.double({ min: 0, max: 4000, noNaN: true }),
      amount: fc.integer({ min: 1, max: 10 }),
      refund: fc.option(fc.nat(20)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bucket = fullBucket();
        const kept: { atMs: number; amount: number }[] = [];
        let nowMs = 0;
        for (const { afterMs, amount, refund } of steps) {
          nowMs += afterMs;
          const returned = refund === null ? undefined : kept[refund];
          if (returned !== undefined && returned.amount > 0) {
            refundBucket(bucket, SHAPE, returned.amount, nowMs - returned.atMs, nowMs);
            returned.amount = 0;
          }
          if (bucketWaitMs(bucket, SHAPE, amount, nowMs) > 0) continue;
          chargeBucket(bucket, SHAPE, amount, nowMs);
          kept.push({ atMs: nowMs, amount });
        }
        for (const [first, { atMs: fromMs }] of kept.entries()) {
          let sum = 0;
          for (const { atMs, amount } of kept.slice(first)) {
            sum += amount;
            const allowed = SHAPE.limit + ((atMs - fromMs) * SHAPE.limit) / SHAPE.windowMs;
            expect(sum).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
    );
  });
});
