import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BudgetExceededError,
  NoModelAvailableError,
  RateLimitExceededError,
  RouteLLError,
  StoreError,
  type RouteLLErrorCode,
  TimeoutError,
  UpstreamError,
} from '../../src/errors.js';
import {
  backoffMs,
  type FailureVerdict,
  judgeFailure,
  judgeRefusal,
  requestedWaitMs,
} from '../../src/upstream/retry-policy.js';

const upstream = (
  code: ConstructorParameters<typeof UpstreamError>[0],
  status: number | null,
  retryable: boolean,
  retryAfterMs: number | null = null,
): UpstreamError =>
  new UpstreamError(code, 'x', { status, provider: 'p', requestId: null, retryAfterMs }, { retryable });
const limited = (retryAfterMs: number, retryable = true): RateLimitExceededError =>
  new RateLimitExceededError('x', { retryAfterMs, provider: 'p' }, { retryable });
const spent = new BudgetExceededError('x', {
  scope: 'day',
  remainingUsd: 0,
  remainingCredits: null,
  resetsAt: null,
});

const RETRY_OR_NEXT = { retrySame: true, fallBack: 'any' };
const NEXT_ONLY = { retrySame: false, fallBack: 'any' };
const OTHER_ACCOUNT = { retrySame: false, fallBack: 'other-group' };
const STOP = { retrySame: false, fallBack: 'no' };

describe('judgeFailure', () => {
  it.each<[string, RouteLLError, object]>([
    ['an outage', upstream('upstream', 503, true), RETRY_OR_NEXT],
    ['a lasting failure', upstream('upstream', 501, false), NEXT_ONLY],
    ['a refused connection', upstream('upstream', null, true), RETRY_OR_NEXT],
    ['a bad certificate', upstream('upstream', null, false), NEXT_ONLY],
    ['a timeout', new TimeoutError('headers', 'x'), RETRY_OR_NEXT],
    ['a page in place of an answer', upstream('malformed-response', 200, true), RETRY_OR_NEXT],
    ['an answer that broke off', upstream('malformed-response', 200, false), NEXT_ONLY],
    [
      'a stream cut before its first token',
      new RouteLLError('incomplete-stream', 'x', { retryable: true }),
      RETRY_OR_NEXT,
    ],
    ['a rate limit', limited(3000), { retrySame: true, fallBack: 'other-group' }],
    ['a rate limit that is not worth it', limited(3000, false), OTHER_ACCOUNT],
    [
      'used-up credits',
      upstream('credits-exhausted', 402, false),
      { retrySame: false, fallBack: 'unlimited' },
    ],
    ['a refused key', upstream('authentication', 403, false), OTHER_ACCOUNT],
    ['a bad request', upstream('invalid-request', 400, false), STOP],
    ['a request too large', upstream('invalid-request', 413, false), STOP],
    ['an unknown model', upstream('invalid-request', 404, false), NEXT_ONLY],
    ['a bad argument', new RouteLLError('invalid-request', 'x'), STOP],
    ['a spent budget', spent, NEXT_ONLY],
    ['no model', new NoModelAvailableError('x', []), STOP],
    ['an abort', new RouteLLError('aborted', 'x'), STOP],
    ['a full queue', new RouteLLError('queue-full', 'x'), STOP],
    ['a closed client', new RouteLLError('closed', 'x'), STOP],
    ['a store that fails', new StoreError('x', { path: 'p', systemCode: 'ENOSPC' }), STOP],
    ['a bad option', new RouteLLError('configuration', 'x'), STOP],
    ['the failure of all', new RouteLLError('all-models-failed', 'x', { retryable: true }), STOP],
  ])('%s', (_, error, verdict) => {
    expect(judgeFailure(error)).toEqual(verdict);
  });
});

describe('judgeRefusal', () => {
  it.each<[string, RouteLLError, object]>([
    ['an open breaker', upstream('upstream', null, true, 500), NEXT_ONLY],
    ['a spent budget', spent, NEXT_ONLY],
    ['our own rate limit', new RateLimitExceededError('x', { retryAfterMs: 5 }), OTHER_ACCOUNT],
    ['a full queue', new RouteLLError('queue-full', 'x'), STOP],
    ['an abort', new RouteLLError('aborted', 'x'), STOP],
    ['a timeout while waiting', new TimeoutError('total', 'x'), STOP],
  ])('%s is never waited for on the same', (_, error, verdict) => {
    expect(judgeRefusal(error)).toEqual(verdict);
  });

  it('never retries the same', () => {
    const codes: RouteLLErrorCode[] = ['upstream', 'budget', 'rate-limit', 'timeout', 'aborted', 'closed'];
    for (const code of codes) {
      const verdict: FailureVerdict = judgeRefusal(new RouteLLError(code, 'x', { retryable: true }));
      expect(verdict.retrySame).toBe(false);
    }
  });
});

describe('backoffMs', () => {
  const options = (draw: number, retryDelayMs = 1000): Parameters<typeof backoffMs>[2] => ({
    retryDelayMs,
    random: () => draw,
  });
  const down = upstream('upstream', 503, true);

  it('doubles its ceiling with each retry, to 30 s, and takes any part of it', () => {
    expect([0, 1, 2, 3, 4, 5, 10, 1000].map((retries) => backoffMs(down, retries, options(1)))).toEqual([
      1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect(backoffMs(down, 3, options(0))).toBe(0);
    expect(backoffMs(down, 3, options(0.25))).toBe(2000);
    expect(backoffMs(down, 3, options(0.9, 0))).toBe(0);
  });

  it('is never earlier than the upstream asked for, and not cut', () => {
    expect(backoffMs(limited(3000), 0, options(0))).toBe(3000);
    expect(backoffMs(limited(1e12), 0, options(0.5))).toBe(1e12);
    expect(backoffMs(upstream('upstream', 503, true, 7000), 0, options(0.5))).toBe(7000);
    expect(backoffMs(limited(10), 4, options(0.5))).toBe(8000);
  });

  it('is a time in its bounds', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat(100_000),
        fc.nat(60_000),
        (retries, draw, retryDelayMs, askedMs) => {
          const waitMs = backoffMs(limited(askedMs), retries, options(draw, retryDelayMs));
          expect(waitMs).toBeGreaterThanOrEqual(askedMs);
          expect(waitMs).toBeLessThanOrEqual(Math.max(askedMs, 30_000));
        },
      ),
    );
  });
});

describe('requestedWaitMs', () => {
  it.each<[RouteLLError, number]>([
    [limited(3000), 3000],
    [upstream('upstream', 503, true, 250), 250],
    [upstream('upstream', 503, true), 0],
    [new TimeoutError('idle', 'x'), 0],
  ])('%s → %d', (error, waitMs) => {
    expect(requestedWaitMs(error)).toBe(waitMs);
  });
});
