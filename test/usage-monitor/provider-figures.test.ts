import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/events.js';
import { ProviderFigures } from '../../src/usage-monitor/provider-figures.js';
import { type FakeClock, fakeClock } from '../fake-clock.js';

const HOUR_MS = 3_600_000;

interface Setup {
  readonly clock: FakeClock;
  readonly figures: ProviderFigures;
  attempt(charged: number | null, failure?: string, code?: 'upstream' | 'invalid-request' | 'aborted'): void;
  check(failure: string | null): void;
  readonly events: EventBus;
}

function setUp(): Setup {
  const clock = fakeClock();
  const events = new EventBus();
  const figures = new ProviderFigures({ events, clock });
  const about = { callId: 'c', attemptId: 'c.1', model: 'm', provider: 'p' };
  return {
    clock,
    figures,
    events,
    attempt: (charged, failure, code = 'upstream') => {
      const at = clock.now();
      events.emit('attempt-start', { ...about, at });
      const charge = charged === null ? null : { amount: charged, unit: 'credits' as const };
      events.emit('credit-settle', {
        ...about,
        at,
        costUsd: failure === undefined ? 0.25 : 0,
        charged: charge,
      });
      const end = { ...about, at, latencyMs: 1 };
      if (failure === undefined) events.emit('attempt-end', { ...end, usage: null, costUsd: 0.25 });
      else {
        const error = { code, message: failure, retryable: true };
        events.emit('attempt-error', { ...end, error, billed: 'no' });
      }
    },
    check: (failure) => {
      events.emit('health-check', {
        at: clock.now(),
        provider: 'p',
        success: failure === null,
        keyValid: null,
        models: 1,
        latencyMs: 1,
        error: failure === null ? null : { code: 'upstream', message: failure, retryable: true },
      });
    },
  };
}

describe('ProviderFigures', () => {
  it('know nothing of a provider that was never asked', () => {
    const { figures } = setUp();
    expect(figures.health('p')).toEqual({
      status: 'unknown',
      lastCheckAt: null,
      lastOkAt: null,
      lastError: null,
    });
    expect(figures.usage('p').totalRequests).toBe(0);
  });

  it('count attempts and what was charged, and begin anew with the UTC day', async () => {
    const { figures, attempt, clock } = setUp();
    attempt(2);
    attempt(null);
    attempt(1, 'busy');
    expect(figures.usage('p')).toEqual({
      requestsToday: 3,
      creditsUsedToday: 3,
      totalRequests: 3,
      totalCreditsUsed: 3,
      totalCostUsd: 0.5,
    });
    await clock.advance(12 * HOUR_MS);
    expect(figures.usage('p')).toMatchObject({ requestsToday: 0, creditsUsedToday: 0, totalRequests: 3 });
    attempt(4);
    expect(figures.usage('p')).toMatchObject({ requestsToday: 1, creditsUsedToday: 4, totalCreditsUsed: 7 });
  });

  it('follow its health by calls and by checks; what the caller did says nothing of it', async () => {
    const { figures, attempt, check, clock } = setUp();
    const startAt = clock.now();
    attempt(1);
    await clock.advance(1000);
    attempt(1, 'busy');
    expect(figures.health('p')).toEqual({
      status: 'failing',
      lastCheckAt: startAt + 1000,
      lastOkAt: startAt,
      lastError: 'busy',
    });
    attempt(1, 'no such parameter', 'invalid-request');
    attempt(1, 'left', 'aborted');
    expect(figures.health('p').lastError).toBe('busy');
    check(null);
    expect(figures.health('p')).toMatchObject({ status: 'ok', lastOkAt: startAt + 1000, lastError: 'busy' });
    check('down');
    expect(figures.health('p')).toMatchObject({ status: 'failing', lastError: 'down' });
  });

  it('stay readable when closed, and count no more', () => {
    const { figures, attempt } = setUp();
    attempt(1);
    figures.close();
    attempt(1);
    expect(figures.usage('p').totalRequests).toBe(1);
  });
});
