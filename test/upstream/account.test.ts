import { describe, expect, it } from 'vitest';
import { readModels } from '../../src/upstream/account.js';

const [NOTHING_KNOWN] = readModels({ data: [{ id: 'm' }] }) ?? [];

describe('readModels', () => {
  it('reads what RouteLLM lists, rates in USD per token as USD per 1M tokens', () => {
    expect(
      readModels({
        object: 'list',
        data: [
          {
            id: 'gpt-6-luna',
            owned_by: 'openai',
            input_modalities: ['text', 'image'],
            context_length: 400_000,
            max_completion_tokens: '128000',
            input_token_rate: '0.0000001',
            output_token_rate: 5e-7,
            cached_input_token_rate: '0.00000001',
            free: false,
          },
        ],
      }),
    ).toEqual([
      {
        id: 'gpt-6-luna',
        ownedBy: 'openai',
        prices: { input: 0.1, output: 0.5, cached: 0.01 },
        contextWindow: 400_000,
        maxOutput: 128_000,
        vision: true,
        unlimited: false,
      },
    ]);
  });

  it('what is not said is unknown: never free, never 0', () => {
    expect(NOTHING_KNOWN).toEqual({
      id: 'm',
      ownedBy: null,
      prices: null,
      contextWindow: null,
      maxOutput: null,
      vision: null,
      unlimited: false,
    });
  });

  it.each<[object, object | null]>([
    [{ input_token_rate: 1e-6 }, null],
    [{ output_token_rate: 1e-6 }, null],
    [{ input_token_rate: '', output_token_rate: 1e-6 }, null],
    [{ input_token_rate: null, output_token_rate: 1e-6 }, null],
    [{ input_token_rate: 'cheap', output_token_rate: 1e-6 }, null],
    [{ input_token_rate: -1, output_token_rate: 1e-6 }, null],
    [{ input_token_rate: NaN, output_token_rate: 1e-6 }, null],
    [
      { input_token_rate: 0, output_token_rate: 0 },
      { input: 0, output: 0 },
    ],
    [
      { input_token_rate: 0.00000025, output_token_rate: '2.5e-7', cached_input_token_rate: -1 },
      { input: 0.25, output: 0.25 },
    ],
    [{ free: true }, { input: 0, output: 0 }],
    // A price for a million tokens where one for a token belongs, and what is no amount of money.
    [{ input_token_rate: 2, output_token_rate: 10 }, null],
    [{ input_token_rate: '0x1', output_token_rate: 1e-6 }, null],
    [{ input_token_rate: '1e400', output_token_rate: 1e-6 }, null],
    [
      { pricing: { prompt: '0.000002', completion: '0.00001', request: '0', input_cache_read: '0.0000002' } },
      { input: 2, output: 10, cached: 0.2 },
    ],
    [
      { pricing: { input: '0.000002', output: '0.00001', input_cache_write: '0.0000025' } },
      { input: 2, output: 10, cacheWrite: 2.5 },
    ],
    [{ pricing: { prompt: '-1', completion: '-1' } }, null],
    [{ pricing: { prompt: '0.000002', completion: '0.00001', request: '0.005' } }, null],
    [{ pricing: { prompt: '0.000002', completion: '0.00001', request: 'some' } }, null],
    [{ pricing: {} }, null],
    [{ free: 'true' }, null],
  ])('prices of %j: %j', (item, prices) => {
    expect(readModels({ data: [{ id: 'm', ...item }] })?.[0]?.prices).toEqual(prices);
  });

  it.each([0, -1, '', 'many', null, {}, Infinity])('a context length of %j is unknown', (length) => {
    expect(readModels({ data: [{ id: 'm', context_length: length }] })?.[0]?.contextWindow).toBeNull();
  });

  it('marks what bills nothing as unlimited', () => {
    expect(readModels({ data: [{ id: 'm', free: true }] })?.[0]?.unlimited).toBe(true);
  });

  it('passes over what is no model', () => {
    expect(readModels({ data: [null, 7, 'm', {}, { id: 8 }, { id: 'm' }] })).toEqual([NOTHING_KNOWN]);
  });

  it.each<[unknown, unknown]>([
    [{ object: 'list', data: [] }, []],
    [{ object: 'list', data: null }, []],
    [[{ id: 'm' }], [NOTHING_KNOWN]],
    [{}, null],
    [{ detail: 'Not here' }, null],
    [{ data: 'none' }, null],
    [null, null],
    ['models', null],
  ])('%j is %j', (value, models) => {
    expect(readModels(value)).toEqual(models);
  });
});
