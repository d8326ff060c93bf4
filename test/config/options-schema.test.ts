import { describe, expect, it } from 'vitest';
import { checkOptions } from '../../src/config/options-schema.js';
import { ConfigurationError } from '../../src/errors.js';
import { memoryStores } from '../../src/stores/memory.js';
import { fakeClock } from '../fake-clock.js';

function refusal(options: unknown): ConfigurationError {
  try {
    checkOptions(options);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('expected a ConfigurationError');
}

const silent = (): void => undefined;
const sameRouter = { routeRequest: silent };

describe('checkOptions', () => {
  it('takes nothing at all, and every option undefined', () => {
    expect(() => checkOptions({})).not.toThrow();
    expect(() => checkOptions({ apiKey: undefined, retries: { maxRetries: undefined } })).not.toThrow();
  });

  it('takes every option', () => {
    expect(() =>
      checkOptions({
        apiKey: 'k',
        baseURL: 'http://localhost:8000/v1',
        defaultHeaders: { 'x-team': 'blau-weiß' },
        fetch: globalThis.fetch,
        models: { mine: { prices: { input: 1, output: 2 } } },
        fallbackModel: 'route-llm',
        router: { routeRequest: silent },
        shadow: { routeRequest: silent },
        preferences: { cost: 0, quality: 1, speed: 0.5 },
        rateLimits: { burst: 10 },
        budgets: [{ limitUsd: 5, per: 'day' }],
        credits: {
          lowThreshold: 5,
          criticalThreshold: 5,
          allotment: 0,
          creditsPerUsd: 1,
          allowUnpriced: true,
        },
        routing: { enabled: false, maxRoutingTimeMs: 1 },
        retries: { maxRetries: 0, retryDelayMs: 0 },
        timeouts: { connectMs: 1, headersMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 },
        maxResponseBytes: 1,
        monitoring: { enabled: false, retentionDays: 1, logLevel: 'silent' },
        stores: memoryStores(),
        clock: fakeClock(),
        random: () => 0.5,
        logger: { debug: silent, info: silent, warn: silent, error: silent },
      }),
    ).not.toThrow();
  });

  it.each<[string, unknown]>([
    ['apiKey', { apiKey: '' }],
    ['apiKey', { apiKey: '  ' }],
    ['apiKey', { apiKey: 7 }],
    ['baseURL', { baseURL: 'llm.example.com' }],
    ['baseURL', { baseURL: 'ftp://llm.example.com' }],
    ['defaultHeaders.x-team', { defaultHeaders: { 'x-team': 'a\r\nx-evil: 1' } }],
    ['defaultHeaders.x-team', { defaultHeaders: { 'x-team': '✓' } }],
    ['defaultHeaders.x-team', { defaultHeaders: { 'x-team': 1 } }],
    ['defaultHeaders.x team', { defaultHeaders: { 'x team': 'a' } }],
    ['fetch', { fetch: 'fetch' }],
    ['models', { models: [] }],
    ['models.mine', { models: { mine: 'cheap' } }],
    ['fallbackModel', { fallbackModel: '' }],
    ['router', { router: { route: silent } }],
    ['router', { router: null }],
    ['shadow', { shadow: 'route-llm' }],
    ['shadow', { shadow: {} }],
    ['shadow', { router: sameRouter, shadow: sameRouter }],
    ['preferences.cost', { preferences: { cost: -0.1 } }],
    ['preferences.quality', { preferences: { quality: NaN } }],
    ['preferences.speed', { preferences: { speed: Infinity } }],
    ['preferences.cost', { preferences: { cost: '1' } }],
    ['rateLimits', { rateLimits: 60 }],
    ['budgets', { budgets: { limitUsd: 5 } }],
    ['budgets[1]', { budgets: [{}, 5] }],
    ['credits.lowThreshold', { credits: { lowThreshold: -1 } }],
    ['credits.criticalThreshold', { credits: { criticalThreshold: NaN } }],
    ['credits.allotment', { credits: { allotment: -1 } }],
    ['credits.creditsPerUsd', { credits: { creditsPerUsd: 0 } }],
    ['credits.allowUnpriced', { credits: { allowUnpriced: 'yes' } }],
    ['credits', { credits: { lowThreshold: 5 } }],
    ['credits', { credits: { criticalThreshold: 101 } }],
    ['routing.enabled', { routing: { enabled: 1 } }],
    ['routing.maxRoutingTimeMs', { routing: { maxRoutingTimeMs: 0 } }],
    ['retries.maxRetries', { retries: { maxRetries: 1.5 } }],
    ['retries.maxRetries', { retries: { maxRetries: -1 } }],
    ['retries.maxRetries', { retries: { maxRetries: 101 } }],
    ['retries.retryDelayMs', { retries: { retryDelayMs: NaN } }],
    ['timeouts.connectMs', { timeouts: { connectMs: 0 } }],
    ['timeouts.headersMs', { timeouts: { headersMs: 0 } }],
    ['timeouts.firstTokenMs', { timeouts: { firstTokenMs: Infinity } }],
    ['timeouts.idleMs', { timeouts: { idleMs: -1 } }],
    ['maxResponseBytes', { maxResponseBytes: 0 }],
    ['maxResponseBytes', { maxResponseBytes: Infinity }],
    ['maxResponseBytes', { maxResponseBytes: 1.5 }],
    ['timeouts.totalMs', { timeouts: { totalMs: NaN } }],
    ['monitoring.enabled', { monitoring: { enabled: null } }],
    ['monitoring.retentionDays', { monitoring: { retentionDays: 0 } }],
    ['monitoring.alertWebhooks', { monitoring: { alertWebhooks: ['https://hooks.example'] } }],
    ['credits.highCostModels[0]', { credits: { highCostModels: [''] } }],
    ['credits.unlimitedModels', { credits: { unlimitedModels: 'llama' } }],
    ['routing.learning', { routing: { learning: 'yes' } }],
    ['monitoring.retentionDays', { monitoring: { retentionDays: 1.5 } }],
    ['monitoring.logLevel', { monitoring: { logLevel: 'loud' } }],
    ['stores.limits', { stores: { limits: {} } }],
    ['stores.budgets', { stores: { budgets: { reserve: silent } } }],
    ['stores.journal', { stores: { journal: null } }],
    ['clock', { clock: { now: silent, monotonic: silent, sleep: silent } }],
    ['random', { random: 0.5 }],
    ['logger', { logger: { info: silent } }],
    ['options', null],
    ['options', []],
    ['options', 'k'],
  ])('names %s in %j', (field, options) => {
    const error = refusal(options);
    expect(error.field).toBe(field);
    expect(error.message).toContain(field);
    expect(error.message.length).toBeGreaterThan(field.length + 20);
  });

  it.each<[string, string, unknown]>([
    ['apikey', 'apiKey', { apikey: 'k' }],
    ['timeout', 'timeouts', { timeout: 5 }],
    ['timeouts.total', 'totalMs', { timeouts: { total: 5 } }],
    ['retries.maxRetry', 'maxRetries', { retries: { maxRetry: 5 } }],
    ['credits.lowTreshold', 'lowThreshold', { credits: { lowTreshold: 5 } }],
    ['monitoring.loglevel', 'logLevel', { monitoring: { loglevel: 'info' } }],
    ['preferences.qualty', 'quality', { preferences: { qualty: 1 } }],
    ['stores.limit', 'limits', { stores: { limit: {} } }],
  ])('%s is unknown: did you mean %s?', (field, nearest, options) => {
    const error = refusal(options);
    expect(error.field).toBe(field);
    expect(error.message).toContain(`Did you mean '${nearest}'?`);
  });

  it('lists what is known where nothing is near', () => {
    const { message } = refusal({ routing: { colour: 'blue' } });
    expect(message).not.toContain('Did you mean');
    expect(message).toContain('enabled, maxRoutingTimeMs');
  });

  it('tells no value that may be a secret', () => {
    for (const options of [
      { apiKey: { key: 'canary' } },
      { defaultHeaders: { authorization: 'canary\n' } },
      { baseURL: 'canary' },
    ]) {
      expect(refusal(options).message).not.toContain('canary');
    }
  });

  it('names a field that would change the prototype', () => {
    const options: unknown = JSON.parse('{"__proto__":{"apiKey":"x"}}');
    expect(refusal(options).field).toBe('__proto__');
    expect(({} as Record<string, unknown>)['apiKey']).toBeUndefined();
  });
});
