import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventLine } from '../src/event-line.js';
import type { EventOf, EventType, RouteLLEvent } from '../src/events.js';

const call = { at: 1, callId: 'call_0abc' };
const attempt = { ...call, attemptId: 'call_0abc.2', model: 'gpt-5-mini', provider: 'routellm' };
const error = { code: 'upstream', message: 'routellm failed: no "luck"\nat all', retryable: true } as const;
const usage = {
  inputTokens: 12,
  outputTokens: 34,
  totalTokens: 46,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  estimated: false,
};
const unknownCredits = {
  at: 1,
  remainingCredits: null,
  usedCredits: null,
  grantedCredits: null,
  unit: 'credits',
  source: 'unknown',
  asOf: null,
  lagSeconds: null,
} as const;
const started = { type: 'call-start', ...call, session: 'session_1' } as const;
const end = {
  type: 'call-end',
  ...call,
  model: 'gpt-5-mini',
  provider: 'routellm',
  taskType: null,
  cached: false,
} as const;

/** Each event, and its line. */
const lines: readonly (readonly [RouteLLEvent, string])[] = [
  [
    { ...started, tags: [], stream: false, requestedModel: 'auto' },
    'call-start call_0abc for auto, session session_1',
  ],
  [
    { ...started, tags: ['a', 'b c'], stream: true, requestedModel: 'gpt-5' },
    'call-start call_0abc for gpt-5, session session_1, tags a "b c", streamed',
  ],
  [
    {
      type: 'route-select',
      ...call,
      model: 'gpt-5-mini',
      taskType: 'math',
      difficulty: 0.314,
      confidence: 0.5,
      score: 0.7,
      reasons: ['math (confidence 0.50), difficulty 0.31 ± 0.20', 'it is cheap', 'utility 0.7 against 0.6'],
      fallbacks: ['gpt-5', 'o9'],
    },
    'route-select gpt-5-mini for math (confidence 0.50) of difficulty 0.31; it is cheap; utility 0.7 against 0.6; else gpt-5, o9',
  ],
  [
    { type: 'limit-wait', ...call, waitMs: 1200.4, window: 'minute' },
    "limit-wait at least 1200 ms, for the limit 'minute'",
  ],
  [
    { type: 'limit-deny', ...call, retryAfterMs: 60_000, window: 'hour' },
    "limit-deny by the limit 'hour', for another 60000 ms",
  ],
  [
    { type: 'credit-reserve', ...attempt, reservedUsd: null },
    'credit-reserve #2 gpt-5-mini at routellm: nothing',
  ],
  [
    { type: 'credit-reserve', ...attempt, reservedUsd: 0.000_012_345 },
    'credit-reserve #2 gpt-5-mini at routellm: $0.000012',
  ],
  [
    { type: 'credit-deny', ...attempt, scope: 'day', remainingUsd: 0.5, remainingCredits: null },
    'credit-deny #2 gpt-5-mini at routellm: the budget day has $0.50 left',
  ],
  [
    { type: 'credit-deny', ...attempt, scope: 'day:a b', remainingUsd: null, remainingCredits: 3 },
    'credit-deny #2 gpt-5-mini at routellm: the budget "day:a b" has 3 credits left',
  ],
  [
    { type: 'credit-settle', ...attempt, costUsd: null, charged: null },
    'credit-settle #2 gpt-5-mini at routellm: cost unknown',
  ],
  [
    { type: 'credit-settle', ...attempt, costUsd: 0.02, charged: { amount: 20.5, unit: 'credits' } },
    'credit-settle #2 gpt-5-mini at routellm: $0.020, charged 20.50 credits',
  ],
  [
    { type: 'credit-settle', ...attempt, costUsd: 0, charged: { amount: 1, unit: 'usd' } },
    'credit-settle #2 gpt-5-mini at routellm: $0, charged $1',
  ],
  [
    {
      type: 'usage-mismatch',
      ...attempt,
      mismatches: [
        { field: 'cachedInputTokens', problem: 'above-total', reported: 9, counted: 4 },
        { field: 'audioInputTokens', problem: 'unreadable', reported: null, counted: 0 },
      ],
    },
    'usage-mismatch #2 gpt-5-mini at routellm: cachedInputTokens above-total: 9 reported, 4 counted, audioInputTokens unreadable: no count reported, 0 counted',
  ],
  [
    {
      type: 'charge-deviation',
      ...attempt,
      computedUsd: 0.1,
      chargedUsd: 0.2,
      share: 0.5,
      charged: { amount: 20, unit: 'credits' },
    },
    'charge-deviation #2 gpt-5-mini at routellm: charged $0.20, computed $0.10, 50 % apart',
  ],
  [{ type: 'attempt-start', ...attempt }, 'attempt-start #2 gpt-5-mini at routellm'],
  [
    { type: 'stream-first-token', ...attempt, firstTokenMs: 41.6 },
    'stream-first-token #2 gpt-5-mini at routellm: after 42 ms',
  ],
  [
    { type: 'stream-resume', ...attempt, characters: 310, reason: 'connection lost' },
    'stream-resume #2 gpt-5-mini at routellm: from character 310 on: "connection lost"',
  ],
  [
    { type: 'attempt-end', ...attempt, usage, costUsd: 0.1, latencyMs: 350 },
    'attempt-end #2 gpt-5-mini at routellm: 12 tokens in, 34 out, $0.10, 350 ms',
  ],
  [
    { type: 'attempt-end', ...attempt, usage: null, costUsd: null, latencyMs: 350 },
    'attempt-end #2 gpt-5-mini at routellm: tokens unknown, cost unknown, 350 ms',
  ],
  [
    { type: 'attempt-error', ...attempt, error, billed: 'no', latencyMs: 7 },
    'attempt-error #2 gpt-5-mini at routellm: upstream (may pass) after 7 ms, billed: no: "routellm failed: no \\"luck\\"\\nat all"',
  ],
  [
    {
      type: 'route-fallback',
      ...call,
      from: 'gpt-5-mini',
      fromProvider: 'routellm',
      to: 'o9',
      toProvider: 'spare',
      reason: 'it failed',
    },
    'route-fallback from gpt-5-mini at routellm to o9 at spare: "it failed"',
  ],
  [
    {
      type: 'route-shadow',
      ...call,
      kind: 'router',
      chosenModel: 'gpt-5-mini',
      shadowModel: 'o9',
      agrees: false,
      estimatedCostUsd: 0.002,
      shadowCostUsd: null,
      costDifferenceUsd: null,
    },
    'route-shadow o9 (estimated: cost unknown), where the router chose gpt-5-mini ($0.0020)',
  ],
  [
    {
      type: 'route-shadow',
      ...call,
      kind: 'server',
      chosenModel: 'o9',
      shadowModel: 'o9',
      agrees: true,
      estimatedCostUsd: 0.002,
      shadowCostUsd: 0.002,
      costDifferenceUsd: 0,
    },
    'route-shadow o9, as the server chose',
  ],
  [
    { type: 'cache-hit', ...call, model: 'gpt-5-mini', savedUsd: 0.25, ageMs: 1200 },
    'cache-hit by gpt-5-mini, 1200 ms old, saved $0.25',
  ],
  [
    { type: 'key-reject', at: 1, provider: 'routellm', key: 1, keysLeft: 2, reason: 'no such key' },
    'key-reject key 1 of routellm, 2 left: "no such key"',
  ],
  [
    {
      type: 'health-check',
      at: 1,
      provider: 'routellm',
      success: true,
      keyValid: null,
      models: 12,
      latencyMs: 30,
      error: null,
    },
    'health-check routellm is well, 12 models, 30 ms',
  ],
  [
    {
      type: 'health-check',
      at: 1,
      provider: 'routellm',
      success: false,
      keyValid: false,
      models: 0,
      latencyMs: 30,
      error,
    },
    'health-check routellm is not well, 0 models, 30 ms: upstream (may pass): "routellm failed: no \\"luck\\"\\nat all"',
  ],
  [
    {
      ...end,
      usage: { ...usage, estimated: true },
      costUsd: 0.1,
      credits: null,
      latencyMs: 360,
      attempts: 1,
    },
    'call-end gpt-5-mini at routellm, 12 tokens in, 34 out (estimated), $0.10, 360 ms, 1 attempt',
  ],
  [
    { ...end, usage, costUsd: null, credits: 4.25, latencyMs: 360, attempts: 2 },
    'call-end gpt-5-mini at routellm, 12 tokens in, 34 out, cost unknown, 4.25 credits, 360 ms, 2 attempts',
  ],
  [
    { ...end, usage, costUsd: 0, credits: 0, latencyMs: 1, attempts: 0, cached: true },
    'call-end gpt-5-mini at routellm, from the cache, 12 tokens in, 34 out, $0, 0 credits, 1 ms, 0 attempts',
  ],
  [
    {
      type: 'call-error',
      ...call,
      error: { code: 'aborted', message: 'It was aborted.', retryable: false },
      taskType: null,
      usage: null,
      costUsd: 0,
      latencyMs: 3,
      attempts: 0,
    },
    'call-error aborted, $0, 3 ms, 0 attempts: "It was aborted."',
  ],
  [
    { type: 'credits-update', ...unknownCredits },
    'credits-update unknown credits left, unknown of unknown used (unknown)',
  ],
  [
    {
      type: 'credits-update',
      ...unknownCredits,
      remainingCredits: 899.5,
      usedCredits: 100.5,
      grantedCredits: 1000,
      unit: 'credits',
      source: 'account+local',
    },
    'credits-update 899.50 credits left, 100.50 of 1000 used (account+local)',
  ],
  [
    { type: 'credits-low', at: 1, remainingCredits: 99.9, threshold: 100, unit: 'credits' },
    'credits-low 99.90 credits left, the threshold is 100',
  ],
  [
    { type: 'credits-critical', at: 1, remainingCredits: 0, threshold: 10, unit: 'credits' },
    'credits-critical 0 credits left, the threshold is 10',
  ],
  [
    { type: 'budget-threshold', at: 1, scope: 'day', share: 0.95, spent: 0.951, limit: 1, unit: 'usd' },
    'budget-threshold day: 95 % reached, 0.95 of 1 usd',
  ],
  [
    { type: 'usage-high', at: 1, requestsPerHour: 800, threshold: 800 },
    'usage-high 800 requests in the last hour, the threshold is 800',
  ],
  [
    {
      type: 'model-degrade',
      at: 1,
      model: 'o9',
      provider: 'routellm',
      reason: '10 failures in a row',
      retryAfterMs: 15_000,
    },
    'model-degrade o9 at routellm: "10 failures in a row", left alone for 15000 ms',
  ],
  [{ type: 'model-recover', at: 1, model: 'o9', provider: 'routellm' }, 'model-recover o9 at routellm'],
  [
    {
      type: 'alert',
      at: 1,
      alert: {
        id: 'alert_1',
        type: 'low-credits',
        value: 9,
        threshold: 10,
        unit: 'credits',
        at: 1,
        message: 'top up',
      },
    },
    'alert low-credits: "top up"',
  ],
];

describe('eventLine', () => {
  it.each(lines)('tells $type', (event, expected) => {
    expect(eventLine(event)).toBe(expected);
  });

  it('tells the fields of an event it has no words for', () => {
    const strange = { ...call, kind: 'of\nany', count: 3, nothing: null, nested: { deep: ['\u2028'] } };
    const of = (data: object): string =>
      eventLine({ type: 'yet-unknown', ...data } as unknown as RouteLLEvent);
    expect(of(strange)).toBe(
      'yet-unknown kind "of\\nany", count 3, nothing null, nested {"deep":["\\u2028"]}',
    );
    expect(of({ ...attempt, ageMs: 5 })).toContain('yet-unknown #2 gpt-5-mini at routellm: model gpt-5-mini');
    expect(of({ at: 1 })).toBe('yet-unknown');
  });

  /** The same event with every text in it, at any depth, replaced. */
  function withTexts(value: unknown, text: string): unknown {
    if (typeof value === 'string') return text;
    if (Array.isArray(value)) return value.map((item) => withTexts(item, text));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item, text)]));
  }

  it('is one line of bounded length, whatever others have written into the event', () => {
    const hostile = fc
      .string({
        unit: fc.constantFrom('\n', '\r', '\u0085', '\u2028', '\u001b', '"', '\\', ' ', 'x'),
        maxLength: 40,
      })
      .chain((text) => fc.constantFrom(text, text.repeat(1000)));
    fc.assert(
      fc.property(fc.constantFrom(...lines), hostile, ([event], text) => {
        const { type } = event;
        const line = eventLine({ ...(withTexts(event, text) as EventOf<EventType>), type } as RouteLLEvent);
        expect(line.startsWith(type)).toBe(true);
        expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect(line.length).toBeLessThan(2100);
      }),
    );
  });
});
