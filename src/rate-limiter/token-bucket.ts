/** What a bucket may hold: capacity `limit`, refilled evenly, once per `windowMs`. */
interface BucketShape {
  readonly limit: number;
  readonly windowMs: number;
}

/** A token bucket by what has been taken from it and not yet refilled; nothing taken is a full bucket. */
export interface TokenBucket {
  readonly kind: 'bucket';
  used: number;
  atMs: number;
}

// Rounding of times and sums stays far below it, and what it lets through is remembered as debt.
const TOLERATED_SHARE = 1e-9;

export function fullBucket(): TokenBucket {
  return { kind: 'bucket', used: 0, atMs: -Infinity };
}

/** What is taken and not yet refilled at `nowMs`; above `limit` where more was recorded than it held. */
export function bucketUsed(bucket: TokenBucket, shape: BucketShape, nowMs: number): number {
  if (bucket.used === 0) return 0;
  const refilled = (Math.max(0, nowMs - bucket.atMs) * shape.limit) / shape.windowMs;
  return Math.max(0, bucket.used - refilled);
}

/** Whole milliseconds until `amount` (at most `limit`) is there; sleeping them suffices if nobody else takes. */
export function bucketWaitMs(bucket: TokenBucket, shape: BucketShape, amount: number, nowMs: number): number {
  const allowed = shape.limit * (1 + TOLERATED_SHARE) - amount;
  const missing = bucketUsed(bucket, shape, nowMs) - allowed;
  if (missing <= 0) return 0;
  const waitMs = Math.ceil((missing * shape.windowMs) / shape.limit);
  return bucketUsed(bucket, shape, nowMs + waitMs) <= allowed ? waitMs : waitMs + 1;
}

/** Takes `amount`, there or not: what is not there is debt that later refills pay first. */
export function chargeBucket(bucket: TokenBucket, shape: BucketShape, amount: number, nowMs: number): void {
  bucket.used = bucketUsed(bucket, shape, nowMs) + amount;
  bucket.atMs = Math.max(bucket.atMs, nowMs);
}

/**
 * Gives back what was taken `agoMs` ago, less what was refilled since: that much may have run over
 * the brim without this amount, and would else let more through than capacity and refill allow.
 */
export function refundBucket(
  bucket: TokenBucket,
  shape: BucketShape,
  amount: number,
  agoMs: number,
  nowMs: number,
): void {
  const back = amount - (Math.max(0, agoMs) * shape.limit) / shape.windowMs;
  if (back > 0) chargeBucket(bucket, shape, -Math.min(back, bucketUsed(bucket, shape, nowMs)), nowMs);
}
