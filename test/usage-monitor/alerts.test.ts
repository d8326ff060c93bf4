import { describe, expect, it } from 'vitest';
import type { RouteLLErrorCode } from '../../src/errors.js';
import {
  AlertRules,
  BURST_WINDOW_MS,
  REMIND_AFTER_MS,
  type AlertDraft,
} from '../../src/usage-monitor/alerts.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/usage-monitor/rollups.js';
import { usageOf } from './samples.js';

const AT = Date.UTC(2026, 9, 15, 12);
const call = { callId: 'call_1', at: AT };
const attempt = { ...call, attemptId: 'a1', model: 'gpt-5', provider: 'routellm' };

const rulesWith = (thresholds: { requestsPerHour?: number; dailyCostUsd?: number } = {}): AlertRules =>
  new AlertRules({ requestsPerHour: null, dailyCostUsd: null, ...thresholds });

const failAt = (
  rules: AlertRules,
  elapsedMs: number,
  code: RouteLLErrorCode = 'upstream',
  ends: readonly ('attempt-error' | 'attempt-end')[] = ['attempt-error'],
): readonly AlertDraft[] => {
  const error = { code, message: 'm', retryable: true };
  const ended = { ...attempt, usage: null, costUsd: 0, latencyMs: 1 };
  const failed = { ...attempt, error, billed: 'no', latencyMs: 1 } as const;
  const ofCall = { ...call, error, taskType: null, usage: null, costUsd: 0, latencyMs: 1 };
  return [
    ...ends.map((type) => (type === 'attempt-end' ? { type, ...ended } : { type, ...failed })),
    { type: 'call-error' as const, ...ofCall, attempts: ends.length },
  ].flatMap((event) => rules.consider(event, elapsedMs));
};

const sendAt = (rules: AlertRules, elapsedMs: number): readonly AlertDraft[] =>
  rules.consider({ type: 'attempt-start', ...attempt }, elapsedMs);

const endAt = (rules: AlertRules, at: number, costUsd: number | null): readonly AlertDraft[] =>
  rules.consider(
    {
      type: 'call-end',
      callId: 'c',
      at,
      model: 'gpt-5',
      provider: 'routellm',
      taskType: null,
      usage: usageOf(1, 1),
      costUsd,
      credits: null,
      latencyMs: 1,
      attempts: 1,
      cached: false,
    },
    0,
  );

describe('credits and budgets', () => {
  it('passes each crossing on', () => {
    const crossing = { at: AT, remainingCredits: 42, threshold: 100, unit: 'credits' };
    expect(rulesWith().consider({ type: 'credits-low', ...crossing }, 0)).toMatchObject([
      { type: 'low-credits', value: 42, threshold: 100, unit: 'credits', at: AT },
    ]);
    expect(rulesWith().consider({ type: 'credits-critical', ...crossing, threshold: 50 }, 0)).toMatchObject([
      { type: 'critical-credits', value: 42, threshold: 50 },
    ]);
  });

  it('gives a budget as the sum at which it was told', () => {
    const event = { at: AT, scope: 'day', share: 0.8, spent: 4.1, limit: 5, unit: 'usd' } as const;
    const [alert] = rulesWith().consider({ type: 'budget-threshold', ...event }, 0);
    expect(alert).toMatchObject({ type: 'budget-threshold', value: 4.1, threshold: 4, unit: 'usd' });
    expect(alert?.message).toContain("'day'");
  });

  it('speaks of the credits that the account was granted', () => {
    const spent = 16_005.110_000_000_001;
    const event = { at: AT, scope: 'credits', share: 0.8, spent, limit: 20_000, unit: 'credits' } as const;
    expect(rulesWith().consider({ type: 'budget-threshold', ...event }, 0)).toMatchObject([
      {
        type: 'budget-threshold',
        value: spent,
        threshold: 16_000,
        unit: 'credits',
        message: 'the credits of the account: 16005.1 of 20000 credits are spent (told at 80 %)',
      },
    ]);
  });
});

describe('api-error', () => {
  it('fires at the fifth failure within five minutes, once', () => {
    const rules = rulesWith();
    const fired = [0, 1, 2, 3, 4, 5, 6, 7].map((second) => failAt(rules, second * 1000).length);
    expect(fired).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  });

  it('does not fire for failures that are spread out', () => {
    const rules = rulesWith();
    const gapMs = BURST_WINDOW_MS / 4 + 1;
    for (let index = 0; index < 20; index++) expect(failAt(rules, index * gapMs)).toEqual([]);
  });

  it('fires again after quiet, and as a reminder after an hour of failures', () => {
    const rules = rulesWith();
    const burst = (fromMs: number): number =>
      [0, 1, 2, 3, 4].reduce((sum, second) => sum + failAt(rules, fromMs + second * 1000).length, 0);
    expect(burst(0)).toBe(1);
    expect(burst(MINUTE_MS)).toBe(0);
    expect(burst(MINUTE_MS + 2 * BURST_WINDOW_MS)).toBe(1);
    let alerts = 0;
    const since = MINUTE_MS + 2 * BURST_WINDOW_MS + 4000;
    for (let ms = since + 30_000; ms <= since + REMIND_AFTER_MS; ms += 30_000) {
      alerts += failAt(rules, ms).length;
    }
    expect(alerts).toBe(1);
  });

  it.each(['aborted', 'invalid-request', 'rate-limit', 'budget', 'closed'] as const)(
    'takes %s for no failure of the API',
    (code) => {
      const rules = rulesWith();
      for (let index = 0; index < 10; index++) expect(failAt(rules, index, code)).toEqual([]);
    },
  );

  it('takes a timeout in our own queue for no failure of the API', () => {
    const rules = rulesWith();
    for (let index = 0; index < 10; index++) expect(failAt(rules, index, 'timeout', [])).toEqual([]);
  });

  it.each(['malformed-response', 'timeout'] as const)(
    'takes %s after an attempt that was answered for the doing of a schema',
    (code) => {
      const rules = rulesWith();
      for (let index = 0; index < 10; index++) {
        expect(failAt(rules, index, code, ['attempt-end'])).toEqual([]);
        expect(failAt(rules, index, code, ['attempt-error', 'attempt-end'])).toEqual([]);
      }
      for (let index = 0; index < 4; index++) expect(failAt(rules, index, code)).toEqual([]);
      expect(failAt(rules, 4, code)).toHaveLength(1);
    },
  );

  it('forgets what the attempts of a call did once it has ended', () => {
    const rules = rulesWith();
    for (let index = 0; index < 4; index++) failAt(rules, index);
    endAt(rules, AT, 0);
    expect(failAt(rules, 5, 'timeout', [])).toEqual([]);
    expect(failAt(rules, 6)).toHaveLength(1);
  });

  it('tells a refused key and an exhausted balance at once, each once', () => {
    const rules = rulesWith();
    expect(failAt(rules, 0, 'authentication')).toMatchObject([{ type: 'api-error', value: 1, threshold: 1 }]);
    expect(failAt(rules, 1, 'authentication')).toEqual([]);
    expect(failAt(rules, 2, 'credits-exhausted')).toHaveLength(1);
    expect(failAt(rules, 2 + BURST_WINDOW_MS + 1, 'authentication')).toHaveLength(1);
  });

  it('hears of a refused key from the attempt, which a fallback may hide', () => {
    const rules = rulesWith();
    const error = { code: 'authentication', message: 'm', retryable: false } as const;
    const event = { type: 'attempt-error', ...attempt, error, billed: 'no', latencyMs: 1 } as const;
    expect(rules.consider(event, 0)[0]?.message).toContain('routellm');
    expect(failAt(rules, 1, 'authentication')).toEqual([]);
  });
});

describe('high-usage', () => {
  it('fires once at the threshold and only again after falling below 90 % of it', () => {
    const rules = rulesWith({ requestsPerHour: 10 });
    const fired: number[] = [];
    for (let index = 1; index <= 12; index++)
      if (sendAt(rules, index * MINUTE_MS).length > 0) fired.push(index);
    expect(fired).toEqual([10]);
    // Requests 1..3 leave the hour: nine remain with this one, which is 90 % and not below.
    expect(sendAt(rules, HOUR_MS + 3 * MINUTE_MS)).toEqual([]);
    expect(sendAt(rules, HOUR_MS + 3 * MINUTE_MS)).toEqual([]);
    // Far below, then up again.
    expect(sendAt(rules, 2 * HOUR_MS + 30 * MINUTE_MS)).toEqual([]);
    let alerts = 0;
    for (let index = 0; index < 9; index++) alerts += sendAt(rules, 2 * HOUR_MS + 31 * MINUTE_MS).length;
    expect(alerts).toBe(1);
    expect(rules.requestsPerHour(2 * HOUR_MS + 31 * MINUTE_MS)).toBe(10);
  });

  it('never fires without a limit', () => {
    const rules = rulesWith();
    for (let index = 0; index < 1000; index++) expect(sendAt(rules, index)).toEqual([]);
  });
});

describe('model-degraded', () => {
  const degrade = (rules: AlertRules, elapsedMs: number, model = 'gpt-5'): number =>
    rules.consider(
      {
        type: 'model-degrade',
        at: AT,
        model,
        provider: 'routellm',
        reason: '5 of 5 failed',
        retryAfterMs: 30_000,
      },
      elapsedMs,
    ).length;

  it('fires once per model until it recovers, and as a reminder after an hour', () => {
    const rules = rulesWith();
    expect(degrade(rules, 0)).toBe(1);
    expect(degrade(rules, 30_000)).toBe(0);
    expect(degrade(rules, 30_000, 'gpt-5-mini')).toBe(1);
    expect(degrade(rules, REMIND_AFTER_MS)).toBe(1);
    rules.consider({ type: 'model-recover', at: AT, model: 'gpt-5', provider: 'routellm' }, REMIND_AFTER_MS);
    expect(degrade(rules, REMIND_AFTER_MS + 1)).toBe(1);
  });

  it('forgets the oldest of very many', () => {
    const rules = rulesWith();
    for (let index = 0; index <= 500; index++) degrade(rules, 0, `model-${index}`);
    expect(degrade(rules, 1, 'model-500')).toBe(0);
    expect(degrade(rules, 1, 'model-0')).toBe(1);
  });
});

describe('cost-threshold', () => {
  it('fires once per UTC day when the known cost reaches it', () => {
    const rules = rulesWith({ dailyCostUsd: 1 });
    const lastMinute = Date.UTC(2026, 9, 15, 23, 59);
    expect(endAt(rules, AT, 0.6)).toEqual([]);
    expect(endAt(rules, AT, null)).toEqual([]);
    expect(endAt(rules, lastMinute, 0.6)).toMatchObject([
      { type: 'cost-threshold', value: 1.2, threshold: 1, unit: 'usd' },
    ]);
    expect(endAt(rules, lastMinute, 5)).toEqual([]);
    expect(endAt(rules, lastMinute + 2 * MINUTE_MS, 0.6)).toEqual([]);
    expect(endAt(rules, AT + DAY_MS, 0.6)).toHaveLength(1);
  });
});

describe('health checks', () => {
  const checkAt = (rules: AlertRules, provider: string, success: boolean): readonly AlertDraft[] =>
    rules.consider(
      {
        type: 'health-check',
        at: AT,
        provider,
        success,
        keyValid: null,
        models: 0,
        latencyMs: 1,
        error: success ? null : { code: 'upstream', message: 'down', retryable: true },
      },
      0,
    );

  it('alert at the second failure in a row of one provider, once until it is well again', () => {
    const rules = rulesWith();
    expect(checkAt(rules, 'p', false)).toEqual([]);
    expect(checkAt(rules, 'other', false)).toEqual([]);
    expect(checkAt(rules, 'p', false)).toMatchObject([
      { type: 'api-error', value: 2, threshold: 2, message: 'p failed 2 health checks in a row: down' },
    ]);
    expect(checkAt(rules, 'p', false)).toEqual([]);
    expect(checkAt(rules, 'p', true)).toEqual([]);
    expect(checkAt(rules, 'p', false)).toEqual([]);
    expect(checkAt(rules, 'p', false)).toHaveLength(1);
  });
});
