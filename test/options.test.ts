import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../src/clock.js';
import { resolveProviders } from '../src/config/providers.js';
import { EventBus } from '../src/events.js';
import { maskSecrets } from '../src/config/effective-config.js';
import { DEFAULTS, resolveOptions, type RouteLLClientOptions } from '../src/options.js';

beforeEach(() => {
  vi.stubEnv('ROUTELLM_API_KEY', undefined);
  vi.stubEnv('ROUTELLM_BASE_URL', undefined);
  vi.stubEnv('ROUTELL_LOG', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const resolve = (options: RouteLLClientOptions = {}): ReturnType<typeof resolveOptions> =>
  resolveOptions({ apiKey: 'canary-key', ...options });

describe('resolveOptions', () => {
  it('fills in every default', () => {
    const resolved = resolve();
    expect(resolved).toMatchObject({
      fallbackModel: 'route-llm',
      preferences: { cost: 0.4, quality: 0.4, speed: 0.2 },
      credits: DEFAULTS.credits,
      routing: DEFAULTS.routing,
      retries: { maxRetries: 3, retryDelayMs: 1000 },
      monitoring: DEFAULTS.monitoring,
    });
    expect(resolved.timeouts).toMatchObject({ idleMs: 30_000, totalMs: 30_000 });
  });

  it('keeps what is given, and takes an undefined option as one not given', () => {
    const resolved = resolve({
      retries: { maxRetries: 0, retryDelayMs: undefined },
      timeouts: { totalMs: 5000, headersMs: 200 },
      credits: { allotment: 7 },
      preferences: { quality: 1 },
    });
    expect(resolved.retries).toEqual({ maxRetries: 0, retryDelayMs: 1000 });
    expect(resolved.timeouts).toEqual({
      totalMs: 5000,
      headersMs: 200,
      firstTokenMs: null,
      connectMs: 10_000,
      idleMs: 30_000,
    });
    expect(resolved.maxResponseBytes).toBe(67_108_864);
    expect(resolved.credits).toMatchObject({ allotment: 7, lowThreshold: 100 });
    expect(resolved.preferences).toEqual({ quality: 1 });
  });

  it('the level of ROUTELL_LOG goes before the option', () => {
    vi.stubEnv('ROUTELL_LOG', 'debug');
    const { monitoring } = resolve({ monitoring: { logLevel: 'silent', retentionDays: 3 } });
    expect(monitoring).toMatchObject({ enabled: true, retentionDays: 3, logLevel: 'debug' });
    vi.stubEnv('ROUTELL_LOG', 'loud');
    expect(() => resolve()).toThrow(expect.objectContaining({ field: 'ROUTELL_LOG' }));
  });

  it('checks the shape before anything else', () => {
    expect(() => resolve({ retry: {} } as RouteLLClientOptions)).toThrow(/retries/);
  });

  it('shows the options in force without the key', () => {
    const events = new EventBus();
    const providers = resolveProviders({ apiKey: 'canary-key' }, { clock: systemClock, events });
    const budgets = [{ limitUsd: 5, per: 'day' as const }];
    const shown = maskSecrets(resolve(), { requestsPerMinute: 60 } as never, { budgets, providers });
    expect(shown.providers).toMatchObject([
      { id: 'routellm', baseURL: 'https://routellm.abacus.ai/v1', apiKey: '***' },
    ]);
    expect(JSON.stringify(shown)).not.toContain('canary');
    expect(shown.budgets).toEqual(budgets);
    expect(Object.isFrozen(shown)).toBe(true);
  });
});
