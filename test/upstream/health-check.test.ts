import { describe, expect, it } from 'vitest';
import { RouteLLError, UpstreamError } from '../../src/errors.js';
import { startSimulator } from '../../src/testing/index.js';
import { systemClock } from '../../src/clock.js';
import { checkProvider, type ProviderHealthCheck } from '../../src/upstream/health-check.js';
import { openaiProvider } from '../../src/upstream/openai-provider.js';
import type { Provider } from '../../src/upstream/provider.js';
import { fakeClock } from '../fake-clock.js';
import { fakeProvider, hanging, listedModel } from './fake-provider.js';

const models = (): Promise<ReturnType<typeof listedModel>[]> =>
  Promise.resolve([listedModel('a'), listedModel('b')]);
const account = (): ReturnType<Provider['account']> =>
  Promise.resolve({ usedCredits: 1, grantedCredits: 2, plan: null });
const refused = new UpstreamError('authentication', 'Wrong key.', {
  status: 403,
  provider: 'p',
  requestId: null,
  retryAfterMs: null,
});
const down = new RouteLLError('upstream', 'Down.', { retryable: true });
const failing = (error: Error) => (): Promise<never> => Promise.reject(error);

const check = (pages: Parameters<typeof fakeProvider>[0]): Promise<ProviderHealthCheck> =>
  checkProvider(fakeProvider(pages), { clock: fakeClock(), timeoutMs: 1000 });

describe('checkProvider', () => {
  it('is well where the models are listed and the account takes the key', async () => {
    expect(await check({ models, account })).toEqual({
      provider: 'p',
      success: true,
      latencyMs: 0,
      keyValid: true,
      models: 2,
    });
  });

  it('does not know of the key where there is no account, or it cannot be read', async () => {
    const unknown = { provider: 'p', success: true, latencyMs: 0, keyValid: null, models: 2 };
    expect(await check({ models, account: () => Promise.resolve(null) })).toEqual(unknown);
    expect(await check({ models, account: failing(down) })).toEqual(unknown);
  });

  it('fails where the account refuses the key: a list of models says nothing of it', async () => {
    expect(await check({ models, account: failing(refused) })).toMatchObject({
      success: false,
      keyValid: false,
      models: 2,
      error: refused,
    });
  });

  it('fails where the models cannot be listed', async () => {
    expect(await check({ models: failing(refused), account })).toMatchObject({
      success: false,
      keyValid: false,
      models: 0,
      error: refused,
    });
    expect(await check({ models: failing(down), account })).toMatchObject({
      success: false,
      keyValid: null,
      error: down,
    });
  });

  it('never rejects, whatever is thrown', async () => {
    const { success, error } = await check({ models: failing('nonsense' as never) });
    expect(success).toBe(false);
    expect(error?.code).toBe('upstream');
  });

  it('measures how long the models took, by the clock', async () => {
    const clock = fakeClock();
    const provider = fakeProvider({
      models: async () => {
        await clock.sleep(120);
        return models();
      },
      account: async () => {
        await clock.sleep(500);
        return account();
      },
    });
    const checking = checkProvider(provider, { clock, timeoutMs: 1000 });
    await clock.advance(1000);
    expect(await checking).toMatchObject({ success: true, latencyMs: 120 });
    expect(clock.pending).toBe(0);
  });

  it.each(['models', 'account'] as const)('waits no longer than its time for the %s', async (page) => {
    const clock = fakeClock();
    const checking = checkProvider(fakeProvider({ models, account, [page]: hanging }), {
      clock,
      timeoutMs: 1000,
    });
    await clock.advance(1000);
    const { success, error, keyValid } = await checking;
    expect(keyValid).toBeNull();
    expect(success).toBe(page === 'account');
    if (page === 'models') expect(error).toMatchObject({ code: 'timeout', phase: 'total' });
    expect(clock.pending).toBe(0);
  });

  it('tells a good key from a bad one on the simulator', async () => {
    const simulator = await startSimulator({ latency: 0 });
    const checkWith = (apiKey: string): Promise<ProviderHealthCheck> =>
      checkProvider(openaiProvider({ apiKey, baseURL: simulator.baseURL }), {
        clock: systemClock,
        timeoutMs: 5000,
      });
    try {
      expect(await checkWith(simulator.apiKey)).toMatchObject({ success: true, keyValid: true });
      expect(await checkWith('wrong-key')).toMatchObject({ success: false, keyValid: false });
    } finally {
      await simulator.close();
    }
    expect(await checkWith(simulator.apiKey)).toMatchObject({ success: false, keyValid: null, models: 0 });
  });
});
