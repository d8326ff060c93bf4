import { describe, expect, it } from 'vitest';
import { readAccount, readModels } from '../../src/upstream/account.js';

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

describe('readAccount', () => {
  const personal = {
    user_id: 'u-canary',
    organization_id: 'o-canary',
    name: 'Canary',
    email: 'canary@example.com',
    picture: 'https://example.com/canary.png',
    organization: 'Canary Ltd',
  };

  it('keeps the two figures and the plan, and nothing personal', () => {
    const account = readAccount({ ...personal, plan: 'pro', credits_used: 1200.5, credits_granted: '30000' });
    expect(account).toEqual({ usedCredits: 1200.5, grantedCredits: 30_000, plan: 'pro' });
    expect(JSON.stringify(account).toLowerCase()).not.toContain('canary');
  });

  it.each<[object, object | null]>([
    [{ credits_used: null, credits_granted: null }, null],
    [{}, null],
    [
      { credits_used: null, credits_granted: 5 },
      { usedCredits: null, grantedCredits: 5, plan: null },
    ],
    [
      { credits_used: 0, credits_granted: null, plan: 7 },
      { usedCredits: 0, grantedCredits: null, plan: null },
    ],
    [
      { credits_used: -5, credits_granted: '5' },
      { usedCredits: null, grantedCredits: 5, plan: null },
    ],
    [{ credits_used: NaN, credits_granted: 'many' }, null],
  ])('%j → %j: unknown is null, 0 is 0', (value, account) => {
    expect(readAccount(value)).toEqual(account);
  });

  it.each([null, [], 'x', 7])('%j is no account', (value) => {
    expect(readAccount(value)).toBeNull();
  });
});
