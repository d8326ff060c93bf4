import { describe, expect, it } from 'vitest';
import {
  eligibleModels,
  type RequestNeeds,
  requestNeeds,
  typicalLatencyMs,
} from '../../src/catalog/eligibility.js';
import type { Constraints, ModelCapability } from '../../src/types.js';

const NEEDS: RequestNeeds = {
  tools: false,
  vision: false,
  audio: false,
  json: false,
  structuredOutput: false,
  inputTokens: 1000,
  outputTokens: null,
  choices: 1,
  serviceTier: null,
};

/** OpenAI calls this name deprecated; most services know no other. */
const CAP = { max_tokens: 30 };

const reason = (
  model: Partial<ModelCapability>,
  needs: Partial<RequestNeeds> = {},
  constraints: Constraints = {},
): string | null => {
  const { eligible, excluded } = eligibleModels(
    [{ name: 'm', ...model }],
    { ...NEEDS, ...needs },
    constraints,
  );
  expect(eligible.length + excluded.length).toBe(1);
  return excluded[0]?.reason ?? null;
};

describe('requestNeeds', () => {
  it('sees what a plain request needs', () => {
    const needs = requestNeeds([{ role: 'user', content: 'hello' }], { n: 2, ...CAP });
    expect(needs).toMatchObject({ ...NEEDS, inputTokens: needs.inputTokens, outputTokens: 30, choices: 2 });
    expect(needs.inputTokens).toBeGreaterThan(5);
  });

  it('sees pictures, recordings, tools and formats', () => {
    const needs = requestNeeds(
      [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
            { type: 'input_audio', input_audio: { data: '', format: 'wav' } },
          ],
        },
      ],
      {
        tools: [{ type: 'function', function: { name: 'f' } }],
        response_format: { type: 'json_object' },
        max_completion_tokens: 5,
        ...CAP,
      },
    );
    expect(needs).toMatchObject({ vision: true, audio: true, tools: true, json: true, outputTokens: 5 });
    expect(needs.structuredOutput).toBe(false);
    expect(requestNeeds([], { modalities: ['text', 'audio'] }).audio).toBe(true);
  });
});

describe('eligibleModels', () => {
  it('takes a model of which only name and price are known, with tools and JSON, not with media', () => {
    const model = { costPerToken: 1e-6 };
    expect(reason(model)).toBeNull();
    expect(reason(model, { tools: true, json: true, structuredOutput: true })).toBeNull();
    expect(reason(model, { vision: true })).toMatch(/images/);
    expect(reason(model, { audio: true })).toMatch(/audio/);
  });

  it('believes what is said of abilities', () => {
    const abilities = { tools: false, json: false, structuredOutput: false, vision: true, audio: true };
    expect(reason({ abilities }, { vision: true, audio: true })).toBeNull();
    expect(reason({ abilities }, { tools: true })).toMatch(/tools/);
    expect(reason({ abilities }, { json: true })).toMatch(/JSON mode/);
    expect(reason({ abilities }, { structuredOutput: true })).toMatch(/schema/);
  });

  it('holds the request against the window and the largest answer', () => {
    expect(reason({ contextWindow: 1001 })).toBeNull();
    expect(reason({ contextWindow: 1000 })).toMatch(/1000 tokens, the request needs about 1001/);
    expect(reason({ maxTokens: 1400 }, { outputTokens: 500 })).toMatch(/1400.*1500/);
    expect(reason({ contextWindow: null }, { inputTokens: 1e9 })).toBeNull();
    expect(reason({ maxOutput: 100 }, { outputTokens: 100 })).toBeNull();
    expect(reason({ maxOutput: 100 }, { outputTokens: 101 })).toMatch(/at most 100.*101/);
  });

  it('obeys every constraint, to the edge', () => {
    const prices = { input: 2, output: 10 };
    expect(reason({ contextWindow: 8192 }, {}, { minContextWindow: 8192 })).toBeNull();
    expect(reason({ contextWindow: 8191 }, {}, { minContextWindow: 8192 })).toMatch(/8191.*8192/);
    expect(reason({}, {}, { minContextWindow: 1 })).toMatch(/unknown/);
    expect(reason({ prices }, {}, { maxCostPerToken: 4e-6 })).toBeNull();
    expect(reason({ prices }, {}, { maxCostPerToken: 3.9e-6 })).toMatch(/0\.000004 USD/);
    expect(reason({}, {}, { maxCostPerToken: 1 })).toMatch(/price is unknown/);
    // 1000 input tokens and 500 expected: 0.002 + 0.005 USD.
    expect(reason({ prices }, {}, { maxCostUsd: 0.0071 })).toBeNull();
    expect(reason({ prices }, {}, { maxCostUsd: 0.0069 })).toMatch(/about 0\.007 USD/);
    expect(reason({ prices }, { outputTokens: 100 }, { maxCostUsd: 0.0031 })).toBeNull();
    expect(reason({ prices }, { outputTokens: 100, choices: 3 }, { maxCostUsd: 0.0031 })).toMatch(/0\.005/);
    expect(reason({}, {}, { maxCostUsd: 1 })).toMatch(/price is unknown/);
    const tiers = [
      { ...prices, input: 2 * prices.input, output: 2 * prices.output, serviceTier: 'priority' },
    ];
    const tiered = { prices: { ...prices, tiers } };
    expect(reason(tiered, { serviceTier: 'priority' }, { maxCostUsd: 0.0071 })).toMatch(/about 0\.014 USD/);
    expect(reason(tiered, { serviceTier: 'flex' }, { maxCostUsd: 1 })).toMatch(/price is unknown/);
    const swift = { typicalFirstTokenMs: 100, typicalTokensPerSecond: 500 };
    expect(reason(swift, {}, { maxTimeMs: 1100 })).toBeNull();
    expect(reason(swift, {}, { maxTimeMs: 1099 })).toMatch(/1100 ms.*1099/);
    expect(reason({}, {}, { models: ['other'] })).toMatch(/constraints\.models/);
    expect(reason({ aliases: ['other'] }, {}, { models: ['other'] })).toBeNull();
  });

  it('prices by date and by the expected output it is told', () => {
    const prices = { input: 0, output: 1, tiers: [{ input: 0, output: 2, from: 1000 }] };
    const eligible = (at: number, expectedOutputTokens: number): number =>
      eligibleModels([{ name: 'm', prices }], NEEDS, { maxCostUsd: 0.001 }, { at, expectedOutputTokens })
        .eligible.length;
    expect([eligible(999, 1000), eligible(1000, 1000), eligible(1000, 500)]).toEqual([1, 0, 1]);
  });

  it('keeps the order, and takes only what may be taken', () => {
    const models = ['a', 'b', 'c'].map((name) => ({ name }));
    const { eligible, excluded } = eligibleModels(models, NEEDS, { models: ['c', 'a'] });
    expect(eligible.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(excluded).toEqual([{ model: 'b', reason: 'it is not among constraints.models' }]);
  });
});

describe('typicalLatencyMs', () => {
  it('is the first token and then the rest at its speed', () => {
    expect(typicalLatencyMs({ typicalFirstTokenMs: 200, typicalTokensPerSecond: 100 }, 50)).toBe(700);
    expect(typicalLatencyMs({}, 80)).toBe(2000);
  });
});
