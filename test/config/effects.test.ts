/** Every setting of routellm.config.json, and what it does to a running client. */
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ChatResult, loadConfig, ModelRouter, type Router, type RouteLLClientOptions } from 'routell';
import { settingsSchema } from '../../src/config/settings-schema.js';
import { answers, atEnd, hello, type Scene, scene } from '../call/scene.js';
import { type Answer, sendError, startUpstream } from '../call/loopback-upstream.js';
import { fakeClock } from '../fake-clock.js';
import { configurationErrorOf, writeFile } from './files.js';

const model = 'test-model';
const cheapAndDear = {
  dear: { prices: { input: 1, output: 2 }, qualityScore: 0.95 },
  cheap: { prices: { input: 0.9, output: 1.9 }, qualityScore: 0.3 },
};

const load = (settings: unknown): RouteLLClientOptions =>
  loadConfig(writeFile(settings), { environment: {} });

/** A client with these settings; what they leave open is as the test wants it. */
const configured = (
  settings: unknown,
  {
    answer = answers(),
    account,
    ...options
  }: RouteLLClientOptions & { answer?: Answer; account?: object } = {},
): Promise<Scene> => scene(answer, { ...options, ...load(settings) }, { account });

const failing: Answer = (response) => sendError(response, 503, 'overloaded');

/** Resolves once the scene has told an event of the type. */
const told = (held: Scene, type: string): Promise<void> =>
  expect.poll(() => held.events.map((event) => event.type)).toContain(type);

const outcomeOf = (result: ChatResult): string => (result.success ? 'success' : result.error.code);
const modelsSent = ({ upstream }: Scene): unknown[] => upstream.received.map(({ body }) => body['model']);

afterEach(() => {
  vi.restoreAllMocks();
});

/** One test a setting, by its path. */
const effects: Readonly<Record<string, () => Promise<void>>> = {
  'api.base_url': async () => {
    const elsewhere = await startUpstream(answers());
    atEnd(elsewhere.close);
    const held = await configured({ api: { base_url: elsewhere.baseURL } });
    expect(outcomeOf(await held.client.chatCompletion(hello, { model }))).toBe('success');
    expect([held.upstream.received.length, elsewhere.received.length]).toEqual([0, 1]);
  },

  'api.timeout': async () => {
    const clock = fakeClock();
    const held = await configured({ api: { timeout: 2.5 } }, { answer: () => undefined, clock });
    let ended: ChatResult | undefined;
    const ending = held.client.chatCompletion(hello, { model }).then((result) => (ended = result));
    await told(held, 'attempt-start');
    await clock.advance(2499);
    expect(ended).toBeUndefined();
    await clock.advance(1);
    expect(outcomeOf(await ending)).toBe('timeout');
  },

  'api.connect_timeout': async () => {
    // Takes connections, and knows nothing of TLS.
    const deaf = createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    atEnd(() => Promise.resolve(void deaf.close()));
    const { port } = deaf.address() as AddressInfo;
    const held = await configured({
      api: { base_url: `https://127.0.0.1:${port}/v1`, connect_timeout: 0.05, max_retries: 0 },
    });
    const result = await held.client.chatCompletion(hello, { model });
    expect(result).toMatchObject({
      error: { code: 'timeout', phase: 'connect' },
      attempts: [{ billed: 'no' }],
    });
  },

  'api.max_retries': async () => {
    for (const retries of [0, 2]) {
      const held = await configured({ api: { max_retries: retries } }, { answer: failing, random: () => 0 });
      expect(outcomeOf(await held.client.chatCompletion(hello, { model }))).toBe('upstream');
      expect(held.upstream.received).toHaveLength(1 + retries);
    }
  },

  'api.retry_delay': async () => {
    const clock = fakeClock();
    const once: Answer = (response, request, count) =>
      (count === 1 ? failing : answers())(response, request, count);
    const held = await configured(
      { api: { retry_delay: 5, max_retries: 1 } },
      { answer: once, clock, random: () => 1 },
    );
    const ending = held.client.chatCompletion(hello, { model });
    await told(held, 'attempt-error');
    await clock.advance(4999);
    expect(held.upstream.received).toHaveLength(1);
    await clock.advance(1);
    expect(outcomeOf(await ending)).toBe('success');
    expect(held.upstream.received).toHaveLength(2);
  },

  'credit_system.low_credit_threshold': async () => {
    const account = { credits_used: 600, credits_granted: 1000 };
    const held = await configured({ credit_system: { low_credit_threshold: 500 } }, { account });
    await held.client.getCreditStatus();
    expect(held.events).toContainEqual(expect.objectContaining({ type: 'credits-low', threshold: 500 }));
    const calm = await configured({ credit_system: { low_credit_threshold: 300 } }, { account });
    await calm.client.getCreditStatus();
    expect(calm.events.map(({ type }) => type)).not.toContain('credits-low');
  },

  'credit_system.critical_credit_threshold': async () => {
    const account = { credits_used: 950, credits_granted: 1000 };
    const held = await configured({ credit_system: { critical_credit_threshold: 60 } }, { account });
    await held.client.getCreditStatus();
    expect(held.events).toContainEqual(expect.objectContaining({ type: 'credits-critical', threshold: 60 }));
    const calm = await configured({ credit_system: { critical_credit_threshold: 40 } }, { account });
    await calm.client.getCreditStatus();
    expect(calm.events.map(({ type }) => type)).not.toContain('credits-critical');
  },

  'credit_system.unlimited_models': async () => {
    const held = await configured(
      { credit_system: { unlimited_models: ['dear'] } },
      { models: cheapAndDear },
    );
    const result = await held.client.chatCompletion(hello);
    expect(result).toMatchObject({ success: true, costUsd: 0 });
    expect(modelsSent(held)).toEqual(['dear']);
  },

  'credit_system.high_cost_models': async () => {
    const preferences = { quality: 1, cost: 1 };
    const held = await configured({}, { models: cheapAndDear, preferences });
    await held.client.chatCompletion(hello);
    expect(modelsSent(held)).toEqual(['dear']);
    const spared = await configured(
      { credit_system: { high_cost_models: ['dear'] } },
      { models: cheapAndDear, preferences },
    );
    await spared.client.chatCompletion(hello);
    expect(modelsSent(spared)).toEqual(['cheap']);
  },

  'credit_system.when_critical': async () => {
    const account = { credits_used: 995, credits_granted: 1000 };
    const models = { dear: cheapAndDear.dear, cheap: { ...cheapAndDear.cheap, tier: 'economy' as const } };
    const given = { models, preferences: { quality: 1, cost: 0 }, account };
    const sent = async (credit_system: object): Promise<readonly unknown[]> => {
      const held = await configured({ credit_system }, given);
      await held.client.getCreditStatus();
      await held.client.chatCompletion(hello);
      return modelsSent(held);
    };
    expect(await sent({})).toEqual(['cheap']);
    expect(await sent({ when_critical: 'advise' })).toEqual(['dear']);
  },

  'rate_limiting.requests_per_minute': () =>
    refusesTheThird({ requests_per_minute: 2, requests_per_hour: null, burst_limit: null }, 60_000),

  'rate_limiting.requests_per_hour': () =>
    refusesTheThird({ requests_per_minute: null, requests_per_hour: 2, burst_limit: null }, 3_600_000),

  'rate_limiting.burst_limit': () =>
    refusesTheThird({ requests_per_minute: 60, requests_per_hour: null, burst_limit: 2 }, 1000),

  'rate_limiting.adaptive_throttling': async () => {
    const limited: Answer = (response) => sendError(response, 429, 'rate_limit', { 'retry-after': '20' });
    for (const adaptive of [true, false]) {
      const held = await configured(
        { rate_limiting: { adaptive_throttling: adaptive } },
        { answer: limited, clock: fakeClock() },
      );
      for (let call = 0; call < 2; call++) {
        const result = await held.client.chatCompletion(hello, { model, timeoutMs: 5000 });
        expect(outcomeOf(result)).toBe('rate-limit');
      }
      expect(held.upstream.received).toHaveLength(adaptive ? 1 : 2);
    }
  },

  'model_routing.enabled': async () => {
    for (const enabled of [true, false]) {
      const held = await configured(
        { model_routing: { enabled } },
        { models: cheapAndDear, preferences: { cost: 1 }, fallbackModel: 'dear' },
      );
      await held.client.chatCompletion(hello);
      expect(modelsSent(held)).toEqual([enabled ? 'cheap' : 'dear']);
    }
  },

  'model_routing.learning_enabled': async () => {
    for (const learning of [true, false]) {
      const router = new ModelRouter({ models: cheapAndDear });
      const held = await configured(
        { model_routing: { learning_enabled: learning } },
        { router, models: cheapAndDear },
      );
      const learned = vi.spyOn(router, 'recordRequestOutcome');
      await held.client.chatCompletion(hello);
      expect(learned).toHaveBeenCalledTimes(learning ? 1 : 0);
    }
  },

  'model_routing.fallback_model': async () => {
    const router: Router = {
      routeRequest: () => {
        throw new Error('no idea');
      },
    };
    const held = await configured(
      { model_routing: { fallback_model: 'dear' } },
      { router, models: cheapAndDear },
    );
    await held.client.chatCompletion(hello);
    expect(modelsSent(held)).toEqual(['dear']);
  },

  'model_routing.max_routing_time': async () => {
    const clock = fakeClock();
    let isAsked = false;
    const router: Router = {
      routeRequest: () => {
        isAsked = true;
        return new Promise(() => undefined);
      },
    };
    const held = await configured(
      { model_routing: { max_routing_time: 0.25 } },
      { router, models: cheapAndDear, fallbackModel: 'cheap', clock },
    );
    const ending = held.client.chatCompletion(hello);
    await expect.poll(() => isAsked).toBe(true);
    await clock.advance(249);
    expect(held.events.map(({ type }) => type)).not.toContain('route-select');
    await clock.advance(1);
    expect(outcomeOf(await ending)).toBe('success');
    expect(modelsSent(held)).toEqual(['cheap']);
  },

  'monitoring.enabled': async () => {
    for (const enabled of [true, false]) {
      const held = await configured({ monitoring: { enabled, log_level: 'silent' } });
      await held.client.chatCompletion(hello, { model });
      expect(held.client.monitor.getCurrentStatus().dailyUsage.requests).toBe(enabled ? 1 : 0);
    }
  },

  'monitoring.alert_webhooks': async () => {
    const error = configurationErrorOf(() =>
      load({ monitoring: { alert_webhooks: ['https://hooks.example'] } }),
    );
    expect(error.message).toMatch(/not available yet.*addAlertHandler/);
    const held = await configured({ monitoring: { alert_webhooks: [] } });
    expect(held.client.config.monitoring.alertWebhooks).toEqual([]);
  },

  'monitoring.log_level': async () => {
    const router: Router = {
      routeRequest: () => {
        throw new Error('no idea');
      },
    };
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    for (const level of ['ERROR', 'Warn', 'WARNING', 'CRITICAL']) {
      warn.mockClear();
      const held = await configured({ monitoring: { log_level: level } }, { router });
      await held.client.chatCompletion(hello);
      expect(warn).toHaveBeenCalledTimes(/^warn/i.test(level) ? 1 : 0);
    }
  },

  'monitoring.metrics_retention_days': async () => {
    for (const days of [2, 4]) {
      const clock = fakeClock();
      const held = await configured(
        { monitoring: { metrics_retention_days: days, log_level: 'silent' } },
        { clock },
      );
      await held.client.chatCompletion(hello, { model });
      await clock.advance(3 * 86_400_000);
      await held.client.chatCompletion(hello, { model });
      const analytics = held.client.monitor.getUsageAnalytics();
      expect(
        analytics.days.map(({ totalRequests }) => totalRequests).filter((count) => count > 0),
      ).toHaveLength(days === 2 ? 1 : 2);
    }
  },
};

/** The third call of a client with these limits would have to wait for so long. */
async function refusesTheThird(limits: object, retryAfterMs: number): Promise<void> {
  const held = await configured({ rate_limiting: limits }, { clock: fakeClock() });
  for (let call = 0; call < 2; call++) {
    expect(outcomeOf(await held.client.chatCompletion(hello, { model, timeoutMs: 500 }))).toBe('success');
  }
  const third = await held.client.chatCompletion(hello, { model, timeoutMs: 500 });
  expect(third).toMatchObject({ success: false, error: { code: 'rate-limit', retryAfterMs } });
  expect(held.upstream.received).toHaveLength(2);
}

describe('a setting has its effect', () => {
  it.each(Object.entries(effects))('%s', (_, test) => test());

  it('each of them', () => {
    const settings = Object.entries(settingsSchema.shape).flatMap(([section, type]) => {
      const below = type.unwrap();
      return 'shape' in below ? Object.keys(below.shape).map((key) => `${section}.${key}`) : [];
    });
    expect(Object.keys(effects).sort()).toEqual(settings.sort());
  });
});
