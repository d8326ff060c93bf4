import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  generousCap,
  longestAnswer,
  mayReason,
  type OutputAsk,
} from '../../../src/call/optimizer/output-cap.js';
import type { SeenLengths } from '../../../src/credits/answer-history.js';
import type { OutputForecast } from '../../../src/router/expected-output.js';

const forecast: OutputForecast = {
  taskType: 'writing',
  confidence: 1,
  distribution: { writing: 1 },
  tasks: [['writing', 1]],
  expectedTokens: 700,
  longestTokens: 700,
  statedTokens: 0,
};
const ask: OutputAsk = {
  parameters: {},
  forecast,
  seen: null,
  inputTokens: 100,
  model: null,
  isKnown: true,
  mayReason: false,
  costShare: 0.4,
  tokensPerMinute: null,
};
const tokensOf = (more: Partial<OutputAsk>): number => generousCap({ ...ask, ...more }).tokens;

describe('generousCap', () => {
  it('is at least four times the longest expected answer, up to eight times', () => {
    expect(tokensOf({ costShare: 1 })).toBe(4 * 700 + 100);
    expect(tokensOf({ costShare: 0 })).toBe(8 * 700 + 100);
  });

  it('takes a short answer for one that may turn out longer', () => {
    const short = { ...forecast, expectedTokens: 60, longestTokens: 60 };
    expect(tokensOf({ forecast: short, costShare: 1 })).toBe(4 * 512 + 100);
  });

  it('leaves reasoning its room, by effort', () => {
    const reasoning = (effort: string | undefined): number =>
      generousCap({
        ...ask,
        mayReason: true,
        parameters: effort === undefined ? {} : { reasoning_effort: effort as 'low' },
      }).reasoningTokens;
    expect([undefined, 'none', 'low', 'medium', 'high', 'max'].map(reasoning)).toEqual([
      25_000, 0, 25_000, 25_000, 100_000, 100_000,
    ]);
  });

  it('never cuts JSON short', () => {
    const tools = [{ type: 'function' as const, function: { name: 'f' } }];
    expect(tokensOf({ parameters: { tools } })).toBe(16_384);
    expect(tokensOf({ parameters: { response_format: { type: 'json_object' } } })).toBe(16_384);
    expect(tokensOf({ parameters: { tools }, inputTokens: 20_000 })).toBeGreaterThan(40_000);
    expect(tokensOf({ parameters: { response_format: { type: 'text' } } })).toBe(tokensOf({}));
    const old = Object.fromEntries([['functions', [{ name: 'f' }]]]) as OutputAsk['parameters'];
    expect(tokensOf({ parameters: old })).toBe(16_384);
    const none = Object.fromEntries([['response_format', null]]) as OutputAsk['parameters'];
    expect(tokensOf({ parameters: none })).toBe(tokensOf({}));
  });

  it('covers the length that the ask states', () => {
    expect(tokensOf({ forecast: { ...forecast, statedTokens: 30_000 } })).toBe(30_000);
  });

  it('stays within the token limit of a minute, but not below the safe margin', () => {
    expect(generousCap({ ...ask, tokensPerMinute: 4000 })).toMatchObject({
      tokens: 3900,
      isHeldToMinute: true,
    });
    expect(tokensOf({ tokensPerMinute: 1000 })).toBe(4 * 700 + 100);
    expect(generousCap({ ...ask, tokensPerMinute: 1e6 }).isHeldToMinute).toBe(false);
  });

  describe('by the history', () => {
    // The prior of writing is 700 tokens.
    const seen: SeenLengths = { count: 300, stretch: 1, mean: 1, short: 0.2, long: 3, longest: 6, room: 5 };

    it('is two to four times what 99 of 100 answers needed, thoughts included, and the prompt once more', () => {
      expect(tokensOf({ seen, costShare: 1 })).toBe(2 * 5 * 700 + 100);
      expect(tokensOf({ seen, costShare: 0, mayReason: true })).toBe(4 * 5 * 700 + 100);
    });

    it('is the prior until 100 answers were seen', () => {
      expect(tokensOf({ seen: { ...seen, count: 99 } })).toBe(tokensOf({}));
    });

    it('is wider after answers were cut, by the prior as well', () => {
      expect(tokensOf({ seen: { ...seen, stretch: 2 }, costShare: 1 })).toBe(2 * 2 * 5 * 700 + 100);
      expect(tokensOf({ seen: { ...seen, stretch: 2, count: 3 }, costShare: 1 })).toBe(2 * 4 * 700 + 100);
    });

    it('goes by the longest that was seen where too many were cut to tell', () => {
      expect(tokensOf({ seen: { ...seen, room: null }, costShare: 1 })).toBe(2 * 6 * 700 + 100);
    });

    it('keeps the room of short answers, of JSON, and of a stated length', () => {
      const short = { ...seen, room: 0.01 };
      expect(tokensOf({ seen: short, costShare: 1 })).toBe(2 * 512 + 100);
      expect(tokensOf({ seen: short, parameters: { response_format: { type: 'json_object' } } })).toBe(
        16_384,
      );
      expect(tokensOf({ seen: short, forecast: { ...forecast, statedTokens: 9000 } })).toBe(9000);
    });
  });

  const asks: fc.Arbitrary<OutputAsk> = fc.record({
    parameters: fc.constantFrom({}, { response_format: { type: 'json_object' as const } }),
    forecast: fc.record({ longest: fc.nat(20_000), stated: fc.nat(50_000) }).map(({ longest, stated }) => ({
      ...forecast,
      expectedTokens: longest / 2,
      longestTokens: longest,
      statedTokens: stated,
    })),
    seen: fc.constant(null),
    inputTokens: fc.nat(200_000),
    model: fc.constant(null),
    isKnown: fc.constant(true),
    mayReason: fc.boolean(),
    costShare: fc.double({ min: 0, max: 1, noNaN: true }),
    tokensPerMinute: fc.option(fc.integer({ min: 1, max: 1e6 })),
  });

  it('leaves the safe margin whatever else holds, and is a whole number', () => {
    fc.assert(
      fc.property(asks, (given) => {
        const { tokens, reasoningTokens, answerTokens } = generousCap(given);
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBe(answerTokens + reasoningTokens);
        expect(answerTokens).toBeGreaterThanOrEqual(4 * given.forecast.longestTokens);
        expect(answerTokens).toBeGreaterThanOrEqual(given.forecast.statedTokens);
        if (given.mayReason) expect(reasoningTokens).toBeGreaterThanOrEqual(25_000);
      }),
    );
  });

  it('never rises with the weight of cost, never falls with the length of prompt or answer', () => {
    fc.assert(
      fc.property(asks, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(9999), (given, cost, more) => {
        const [low, high] = [Math.min(cost, given.costShare), Math.max(cost, given.costShare)];
        const at = (change: Partial<OutputAsk>): number => generousCap({ ...given, ...change }).tokens;
        expect(at({ costShare: high })).toBeLessThanOrEqual(at({ costShare: low }));
        const longer = { ...given.forecast, longestTokens: given.forecast.longestTokens + more };
        expect(at({ forecast: longer })).toBeGreaterThanOrEqual(at({}));
        const unlimited = { tokensPerMinute: null };
        expect(at({ ...unlimited, inputTokens: given.inputTokens + more })).toBeGreaterThanOrEqual(
          at(unlimited),
        );
      }),
    );
  });
});

describe('longestAnswer', () => {
  it('is the least of what the model and its window allow', () => {
    expect(longestAnswer({ name: 'm', maxOutput: 500, contextWindow: 8000 }, 1000)).toBe(500);
    expect(longestAnswer({ name: 'm', maxOutput: 8000, contextWindow: 8000 }, 1000)).toBe(6800);
    expect(longestAnswer({ name: 'm', maxTokens: 8000 }, 1000)).toBe(6800);
    expect(longestAnswer({ name: 'm', contextWindow: 1000 }, 5000)).toBe(1);
    expect(longestAnswer({ name: 'm' }, 1000)).toBe(Infinity);
  });
});

describe('mayReason', () => {
  it('holds unless it is known that the model does not', () => {
    expect(mayReason({ name: 'm' })).toBe(true);
    expect(mayReason({ name: 'm', abilities: { reasoning: true } })).toBe(true);
    expect(mayReason({ name: 'm', abilities: { reasoning: false } })).toBe(false);
    expect(mayReason({ name: 'm', abilities: { reasoning: false }, routesItself: true })).toBe(true);
    const parameters = { outputCap: 'max_completion_tokens' } as const;
    expect(mayReason({ name: 'm', abilities: { reasoning: false }, parameters })).toBe(true);
  });
});
