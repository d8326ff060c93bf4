import { describe, expect, it } from 'vitest';
import {
  creditPath,
  type CreditSource,
  creditSourceAt,
  type CreditSourceName,
  creditSourceOf,
  readCreditPage,
} from '../../src/upstream/credit-sources.js';
import type { AccountCredits } from '../../src/upstream/provider.js';
import { creditSourceContract } from '../contracts/credit-source-contract.js';

const usd = (
  usedCredits: number | null,
  grantedCredits: number | null,
  remainingCredits?: number | null,
): AccountCredits => ({
  usedCredits,
  grantedCredits,
  ...(remainingCredits === undefined ? {} : { remainingCredits }),
  unit: 'usd',
  plan: null,
});

creditSourceContract('abacus', creditSourceOf('abacus'), {
  good: { plan: 'pro', credits_used: 1200.5, credits_granted: '30000' },
  says: { usedCredits: 1200.5, grantedCredits: 30_000, plan: 'pro', unit: 'credits', lagSeconds: 3600 },
  amounts: [['credits_used'], ['credits_granted']],
});

creditSourceContract('openrouter', creditSourceOf('openrouter'), {
  good: { data: { limit: 50, limit_remaining: 37.75, usage: 112.25, usage_daily: 1, is_free_tier: false } },
  says: usd(12.25, 50, 37.75),
  amounts: [
    ['data', 'limit'],
    ['data', 'limit_remaining'],
    ['data', 'usage'],
  ],
});

creditSourceContract('litellm', creditSourceOf('litellm'), {
  good: { key: 'hash', info: { spend: 0.25, max_budget: 10, models: [] } },
  says: usd(0.25, 10),
  amounts: [
    ['info', 'spend'],
    ['info', 'max_budget'],
  ],
});

creditSourceContract('deepseek', creditSourceOf('deepseek'), {
  good: {
    is_available: true,
    balance_infos: [
      { currency: 'CNY', total_balance: '110.00', granted_balance: '10.00', topped_up_balance: '100.00' },
    ],
  },
  says: { usedCredits: null, grantedCredits: null, remainingCredits: 110, unit: 'cny', plan: null },
  amounts: [['balance_infos', 0, 'total_balance']],
});

creditSourceContract('vercel', creditSourceOf('vercel'), {
  good: { balance: '95.50', total_used: '4.50' },
  says: usd(4.5, null, 95.5),
  amounts: [['balance'], ['total_used']],
});

const read = (source: CreditSourceName, page: unknown): AccountCredits | null =>
  readCreditPage(creditSourceOf(source), page);

describe('the page of a key at OpenRouter', () => {
  it('without a limit says what was used, and nothing of what is left', () => {
    expect(read('openrouter', { data: { limit: null, limit_remaining: null, usage: 3 } })).toEqual(
      usd(3, null, null),
    );
  });

  it('that contradicts itself says no more than that', () => {
    expect(read('openrouter', { data: { limit: 5, limit_remaining: 7, usage: 3 } })).toEqual(
      usd(3, null, null),
    );
    expect(read('openrouter', { data: { limit: 5, limit_remaining: -1, usage: 3 } })).toEqual(
      usd(3, null, null),
    );
  });
});

describe('the page of a DeepSeek account', () => {
  const balances = (...listed: readonly (readonly [string, string])[]): AccountCredits | null =>
    read('deepseek', {
      balance_infos: listed.map(([currency, total_balance]) => ({ currency, total_balance })),
    });

  it('of two currencies tells the one that holds something, and never a sum', () => {
    expect(balances(['CNY', '0.00'], ['USD', '4.20'])).toMatchObject({ unit: 'usd', remainingCredits: 4.2 });
    expect(balances(['CNY', '7.00'], ['USD', '0.00'])).toMatchObject({ unit: 'cny', remainingCredits: 7 });
    expect(balances(['CNY', '7.00'], ['USD', '4.20'])).toBeNull();
    expect(balances(['CNY', '0.00'], ['USD', '0.00'])).toMatchObject({ remainingCredits: 0 });
    expect(balances(['CNY', '0.00'], ['USD', 'much'])).toBeNull();
    expect(balances(['Yuan', '7.00'])).toBeNull();
  });
});

describe('where a source is asked', () => {
  it.each<[string, CreditSourceName, string | null]>([
    ['https://routellm.abacus.ai/v1', 'abacus', '/account'],
    ['https://openrouter.ai/api/v1', 'openrouter', '/key'],
    ['https://api.deepseek.com', 'deepseek', '/user/balance'],
    ['https://api.deepseek.com/v1', 'deepseek', '/../user/balance'],
    ['https://api.deepseek.com/beta', 'deepseek', '/../user/balance'],
    ['https://ai-gateway.vercel.sh/v1', 'vercel', '/credits'],
    ['https://api.openai.com/v1', 'abacus', '/account'],
    ['https://notopenrouter.ai/v1', 'abacus', '/account'],
    ['https://openrouter.ai.example.com/v1', 'abacus', '/account'],
  ])('%s: %s, at %s', (baseURL, name, path) => {
    expect(creditSourceAt(baseURL)).toBe(name);
    expect(creditPath(creditSourceOf(name), baseURL)).toBe(path);
  });

  it('none asks nobody, and LiteLLM stands beside its version', () => {
    expect(creditPath(creditSourceOf('none'), 'https://openrouter.ai/api/v1')).toBeNull();
    expect(creditPath(creditSourceOf('litellm'), 'http://127.0.0.1:4000/proxy/v1')).toBe('/../key/info');
    expect(creditPath(creditSourceOf('litellm'), 'http://127.0.0.1:4000')).toBe('/key/info');
  });
});

it('a source that throws says nothing', () => {
  const throwing: CreditSource = {
    path: '/x',
    read: () => {
      throw new TypeError('no such field');
    },
  };
  expect(readCreditPage(creditSourceOf(throwing), {})).toBeNull();
});
